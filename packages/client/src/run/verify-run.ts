/** A run that compares every content here with what the server sent, as `verify` does, and tells what it finds. */
import { displayName, EXIT, readPattern, type TypedPattern } from '@lanmirror/engine/host';
import { lineFor } from '../job/job-line.ts';
import { type Finding, type Verdict, WRONG } from '../verify/finding.ts';
import type { RunEnd } from './run-loop.ts';

/** Of what is wrong so many paths are named. */
const MAX_NAMED = 100;

export interface VerifyRunHost {
  /** Whose contents they are; '' for the only mirror. */
  readonly job: string;
  compare(wanted: TypedPattern, signal: AbortSignal): AsyncIterable<Finding>;
  /** Why nothing can be said of the target; '' when it is there. */
  haltReason(): string;
  /** Has these put right, as far as there is a session. */
  repair(ids: readonly number[]): Promise<void>;
  /** What becomes of them, for a person. */
  repairText(): string;
  warn(text: string): void;
}

/** `isRepair`: what is wrong is put right; where there is no session, by the run that is owed for it. */
export async function verifyRun(
  host: VerifyRunHost,
  isRepair: boolean,
  signal: AbortSignal,
): Promise<RunEnd> {
  const tally = new Map<Verdict, number>();
  const wrong: number[] = [];
  let wrongCount = 0;
  for await (const { verdict, path, detail, id } of host.compare(await readPattern(''), signal)) {
    if (host.haltReason() !== '') break;
    tally.set(verdict, (tally.get(verdict) ?? 0) + 1);
    if (!WRONG.has(verdict)) continue;
    wrongCount += 1;
    if (id !== undefined) wrong.push(id);
    if (wrongCount <= MAX_NAMED)
      host.warn(`Verify: ${verdict}: ${displayName(path)}${detail === '' ? '' : ` (${detail})`}`);
  }
  // Without its disk nothing is missing, and nothing is proved.
  const halt = host.haltReason();
  if (halt !== '') return { exit: EXIT.held, text: `HALTED: ${displayName(halt)}` };
  if (signal.aborted) return { exit: EXIT.someFailed, text: 'broken off' };
  if (wrongCount > MAX_NAMED) host.warn(`Verify: ... and ${wrongCount - MAX_NAMED} more`);
  if (isRepair && wrongCount > 0) await host.repair(wrong);
  const next = isRepair ? host.repairText() : `"${lineFor(host.job, 'verify --repair')}" puts it right`;
  const owes = isRepair && wrongCount > 0 ? ({ owes: 'repair' } as const) : {};
  return { exit: exitOf(tally, wrongCount), text: textOf(tally, wrongCount, next), ...owes };
}

function exitOf(tally: ReadonlyMap<Verdict, number>, wrong: number): number {
  if (wrong > 0 || tally.has('unproved')) return EXIT.someFailed;
  return tally.has('held') ? EXIT.held : EXIT.done;
}

function textOf(tally: ReadonlyMap<Verdict, number>, wrong: number, next: string): string {
  const counts = [...tally].map(([verdict, count]) => `${count} ${verdict}`).join(', ');
  if (counts === '') return 'nothing is mirrored here yet';
  return wrong === 0 ? counts : `${counts}; ${next}`;
}
