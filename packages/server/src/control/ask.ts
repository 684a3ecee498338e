/** The commands that ask the server which runs on a folder, and what they print. */
import { displayName, type ExitCode } from '@lanmirror/engine/host';
import { accept } from './accept.ts';
import { type Asking, askRunning } from './ask-running.ts';
import { type ClientStatus, clientsText, type ServerStatus, statusText } from './status.ts';

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
  const { exit } = await askRunning(asking, 'stop');
  process.stdout.write('Stopping.\n');
  return exit;
}
