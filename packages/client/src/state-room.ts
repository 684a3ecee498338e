/**
 * What a client does when the disk of its state is full. A live one ends all work, waits for room and begins anew,
 * as after a kill: what it did last and could not write down is recognised. So nothing is done on the target that
 * could not be remembered, and nobody has to start it again.
 */
import { EXIT, type ExitCode, requireRoom, UserError, untilRoom } from '@lanmirror/engine/host';
import { StoreError } from '@lanmirror/engine/store';

/** After a write has failed for lack of room, less than this is not worth another try. */
const WORTH_A_TRY_BYTES = 8 << 20;

export interface RoomOptions {
  readonly stateDir: string;
  /** Waits instead of ending. */
  readonly isLive: boolean;
  /** A person wants an end. */
  readonly ended: Promise<unknown>;
  warn(text: string): void;
  /** All the work of the program, from opening the state to closing it. */
  run(): Promise<ExitCode>;
}

/** Runs as long as there is room, again and again. Throws what is not about room, and for one that is not live that too. */
export async function runWithRoom({ stateDir, isLive, ended, warn, run }: RoomOptions): Promise<ExitCode> {
  let minBytes: number | undefined;
  for (;;) {
    if (!isLive) requireRoom(stateDir);
    else if (!(await untilRoom(stateDir, warn, ended, minBytes))) return EXIT.done;
    try {
      return await run();
    } catch (error) {
      if (!isLive || !isForLackOfRoom(error)) throw error;
      minBytes = WORTH_A_TRY_BYTES;
      warn(`${error.message} What was mirrored is safe.`);
    }
  }
}

function isForLackOfRoom(error: unknown): error is Error {
  if (error instanceof UserError) return error.code === 'STATE_NO_SPACE';
  return error instanceof StoreError && error.code === 'NO_SPACE';
}
