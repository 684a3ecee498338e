/**
 * `verify [PATTERN] [--repair]`: by the running client, or on its state while none runs. `--repair` lets
 * the normal plan put right what was found: contents come from the server, what was here goes to the trash.
 */
import {
  type Configuration,
  type ControlResult,
  displayName,
  EXIT,
  type ExitCode,
} from '@lanmirror/engine/host';
import { askClient } from '../control/running-client.ts';
import { lineFor } from '../job/job-line.ts';
import { type TargetStatePlace, withTargetState } from '../mirror/target-state.ts';
import { noMatch } from '../no-match.ts';
import { type Finding, type Verdict, WRONG } from './finding.ts';

export interface Verifying extends TargetStatePlace {
  readonly configuration: Configuration;
  readonly pattern: string;
  readonly isRepair: boolean;
  readonly isJson: boolean;
}

/** What a running client says when all is compared. */
export interface VerifyAnswer {
  /** There is a session with the source, which can put something right. */
  readonly isConnected: boolean;
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
  if (answer === undefined) {
    const { verifyOffline } = await import('./verify-offline.ts');
    await withTargetState(verifying, (state) => verifyOffline(verifying, state, tell));
  }
  if (tally.size === 0 && verifying.pattern !== '') throw noMatch(verifying.pattern);
  const wrong = [...WRONG].reduce((sum, verdict) => sum + (tally.get(verdict) ?? 0), 0);
  const next = verifying.isRepair
    ? nextOf(answer)
    : `"${lineFor(verifying.name, 'verify --repair')}" puts it right.`;
  if (!verifying.isJson) say(summary(tally, wrong, next));
  if (wrong > 0 || tally.has('unproved')) return EXIT.someFailed;
  return tally.has('held') ? EXIT.held : EXIT.done;
}

/** `next`: what becomes of what is wrong. */
function summary(tally: ReadonlyMap<Verdict, number>, wrong: number, next: string): string {
  const counts = [...tally].map(([verdict, count]) => `${count} ${verdict}`).join(', ');
  if (counts === '') return 'Nothing is mirrored here yet.';
  return wrong === 0 ? `Verified: ${counts}.` : `Verified: ${counts}. ${next}`;
}

/** When what is wrong is put right. What comes from the source needs it. */
function nextOf(answer: ControlResult | undefined): string {
  if (answer === undefined) return 'Put right at the next start or sync.';
  const { isConnected = true } = (answer.result ?? {}) as Partial<VerifyAnswer>;
  return isConnected ? 'Being put right now.' : 'Put right as soon as there is a connection to the source.';
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
