/** What is looked after from time to time while a mirror runs, whatever happens. */
import type { Timers } from '@lanmirror/engine/core';
import type { Room } from '../apply/room.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import type { Keeping } from './keeping.ts';
import type { Planning } from './planning.ts';
import type { ProblemDesk } from './problem-desk.ts';
import type { SessionDesk } from './session-desk.ts';
import type { TargetDesk } from './target-desk.ts';
import type { TargetPace } from './target-pace.ts';
import type { WorkQueue } from './work-queue.ts';

/** What is kept for some days is looked at that often. */
const KEPT_LOOK_MS = 3_600_000;
const TARGET_CHECK_MS = 2000;

export interface RoundsHost {
  readonly timers: Timers;
  readonly state: MirrorState;
  readonly work: WorkQueue;
  readonly targetDesk: TargetDesk;
  readonly session: SessionDesk;
  readonly room: Room;
  readonly problems: ProblemDesk;
  readonly keeping: Keeping;
  readonly planning: Planning;
  readonly pace: TargetPace;
  /** Nothing may be changed now. */
  isWaiting(): boolean;
  makeDurable(): Promise<void>;
  failedHard(error: unknown): void;
}

export class Rounds {
  readonly #host: RoundsHost;

  constructor(host: RoundsHost) {
    this.#host = host;
  }

  /** `checkIntervalMs`: as in {@link checkEvery}. */
  begin(checkIntervalMs: number): void {
    const { timers, targetDesk, session, keeping, work, planning, isWaiting, failedHard } = this.#host;
    timers.every(TARGET_CHECK_MS, () => {
      targetDesk.lookForTarget().catch(failedHard);
      this.#lookForRoom();
      if (!isWaiting()) session.judgeAges();
    });
    this.checkEvery(checkIntervalMs);
    timers.every(KEPT_LOOK_MS, () => {
      if (keeping.judgeAgain()) work.add(() => planning.plan([]));
    });
    this.#scheduleCheckpoint();
  }

  /** What somebody does on the target while all is quiet makes no event here. 0: it is not looked for. */
  checkEvery(intervalMs: number): void {
    const { timers, targetDesk } = this.#host;
    timers.replace('check', intervalMs, () => {
      if (intervalMs === 0) return;
      targetDesk.checkAgain();
      this.checkEvery(intervalMs);
    });
  }

  /** What the target is may change while it runs, and with it how often it is flushed. */
  #scheduleCheckpoint(): void {
    const { timers, pace, work, makeDurable } = this.#host;
    timers.once(pace.checkpointIntervalMs, () => {
      this.#scheduleCheckpoint();
      work.addBeside(makeDurable);
    });
  }

  /** What there was no room for is tried as soon as there is. */
  #lookForRoom(): void {
    const { isWaiting, room, state, problems } = this.#host;
    if (isWaiting()) return;
    room.forget((id) => !state.isDirty(id));
    problems.hasten(room.takeFitting());
  }
}
