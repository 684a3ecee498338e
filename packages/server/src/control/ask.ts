/** The commands that ask the server which runs on a folder, and what they print. */
import { displayName, EXIT, type ExitCode } from '@lanmirror/engine/host';
import type { ClientStatus } from '@lanmirror/engine/source';
import { accept } from './accept.ts';
import { type Asking, askIfRunning, askRunning, foldersText } from './ask-running.ts';
import type { ServerStatus } from './server-status.ts';
import { clientsText, statusText } from './status.ts';

/** Commands of this kind, by name. */
export const ASKING: Readonly<Record<string, (asking: Asking) => Promise<ExitCode>>> = {
  status: (asking) => show(asking, 'status', (result) => statusText(result as ServerStatus)),
  clients: (asking) => show(asking, 'clients', (result) => clientsText(result as ClientStatus[])),
  accept,
  reload: (asking) => show(asking, 'reload', (result) => reloadText(result as Reloaded)),
  stop,
};

interface Reloaded {
  readonly live: readonly string[];
  readonly later: readonly string[];
}

async function show(
  asking: Asking,
  verb: string,
  linesOf: (result: unknown) => readonly string[],
): Promise<ExitCode> {
  const answer = await askRunning(asking, verb);
  for (const line of asking.isJson ? [JSON.stringify(answer.result)] : linesOf(answer.result))
    process.stdout.write(`${line}\n`);
  return answer.exit;
}

function reloadText({ live, later }: Reloaded): readonly string[] {
  if (live.length + later.length === 0) return ['Nothing changed.'];
  return [
    ...live.map((text) => `In effect: ${displayName(text)}`),
    ...later.map((text) => `At the next start: ${displayName(text)}`),
  ];
}

async function stop(asking: Asking): Promise<ExitCode> {
  const answer = await askIfRunning(asking, 'stop');
  const text =
    answer === undefined
      ? `Nothing to stop: no lanmirror-server runs for ${foldersText(asking)}.`
      : 'Stopping.';
  process.stdout.write(`${text}\n`);
  return answer?.exit ?? EXIT.done;
}
