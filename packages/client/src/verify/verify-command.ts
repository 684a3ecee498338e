/**
 * `verify [PATTERN] [--repair]`: by the running client, or on its state while none runs. `--repair` lets
 * the normal plan put right what was found: contents come from the server, what was here goes to the trash.
 */
import { displayName, EXIT, type ExitCode, readPattern } from '@lanmirror/engine/host';
import { openLocalTarget } from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import { askClient, type ClientPlace } from '../control/running-client.ts';
import { withTargetState } from '../mirror/target-state.ts';
import { noMatch } from '../no-match.ts';
import { isKnownPath } from '../plan/part.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { compareTarget, type Finding, type Verdict, WRONG } from './compare-target.ts';
import { distrust } from './distrust.ts';

export interface Verifying extends ClientPlace {
  readonly pattern: string;
  readonly isRepair: boolean;
  readonly isJson: boolean;
}

export async function verifyCommand(verifying: Verifying): Promise<ExitCode> {
  const tally = new Map<Verdict, number>();
  const tell = (finding: Finding): void => {
    const { path, verdict, detail } = finding;
    tally.set(verdict, (tally.get(verdict) ?? 0) + 1);
    if (verifying.isJson) say(JSON.stringify({ path, verdict, detail }));
    else if (verdict !== 'same')
      say(`${verdict.padEnd(10)}  ${displayName(path)}${detail === '' ? '' : ` (${detail})`}`);
  };
  const flags = { pattern: verifying.pattern, repair: verifying.isRepair };
  const listener = { line: () => undefined, record: (value: unknown) => tell(value as Finding) };
  const answer = await askClient(verifying, 'verify', flags, listener);
  if (answer === undefined)
    await withTargetState(verifying, (state) => verifyOffline(verifying, state, tell));
  if (tally.size === 0 && verifying.pattern !== '') throw noMatch(verifying.pattern);
  const wrong = [...WRONG].reduce((sum, verdict) => sum + (tally.get(verdict) ?? 0), 0);
  if (!verifying.isJson) say(summary(tally, wrong, verifying.isRepair, answer === undefined));
  if (wrong > 0 || tally.has('unproved')) return EXIT.someFailed;
  return tally.has('held') ? EXIT.held : EXIT.done;
}

async function verifyOffline(
  { targetDir, isRepair, pattern }: Verifying,
  state: MirrorState,
  tell: (finding: Finding) => void,
): Promise<void> {
  const tree = openLocalTarget(targetDir);
  try {
    const wanted = (await readPattern(pattern))((path) => isKnownPath(state, path));
    const wrong: number[] = [];
    for await (const finding of compareTarget({
      ...{ tree, state, clock: systemClock, wanted },
      isInFlight: () => false,
      isStopped: () => false,
    })) {
      tell(finding);
      if (WRONG.has(finding.verdict) && finding.id !== undefined) wrong.push(finding.id);
    }
    if (!isRepair) return;
    distrust(state, wrong);
    await state.flushed();
  } finally {
    tree.release();
  }
}

function summary(
  tally: ReadonlyMap<Verdict, number>,
  wrong: number,
  isRepair: boolean,
  isOffline: boolean,
): string {
  const counts = [...tally].map(([verdict, count]) => `${count} ${verdict}`).join(', ');
  if (counts === '') return 'Nothing is mirrored here yet.';
  if (wrong === 0) return `Verified: ${counts}.`;
  if (!isRepair) return `Verified: ${counts}. "verify --repair" puts it right.`;
  return `Verified: ${counts}. ${isOffline ? 'Put right at the next start or sync.' : 'Being put right now.'}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
