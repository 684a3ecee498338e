/** The commands that ask the server which runs on a folder, and what they print. */
import {
  askProgram,
  type ControlResult,
  displayName,
  EXIT,
  type ExitCode,
  UserError,
} from '@lanmirror/engine/host';
import { type ClientStatus, clientsText, type ServerStatus, statusText } from './status.ts';

export interface Asking {
  readonly stateDir: string;
  readonly monitorDir: string;
  readonly isJson: boolean;
  /** `accept` without a question. */
  readonly isAgreed: boolean;
}

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

const SILENT = { line: () => undefined, record: () => undefined };

async function askRunning({ stateDir, monitorDir }: Asking, verb: string): Promise<ControlResult> {
  const answer = await askProgram(stateDir, verb, {}, SILENT);
  if (answer !== undefined) return answer;
  throw new UserError(
    'NOT_RUNNING',
    `No lanmirror-server runs for ${displayName(monitorDir)}.`,
    'Start it with "lanmirror-server start".',
    EXIT.noConnection,
  );
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

/** Shows what the server asks, and says yes to it. */
async function accept(asking: Asking): Promise<ExitCode> {
  const { stateDir, isAgreed } = asking;
  const status = (await askRunning(asking, 'status')).result as ServerStatus;
  if (status.halt === '') {
    process.stdout.write('Nothing waits.\n');
    return EXIT.done;
  }
  process.stdout.write(`${status.halt}\n`);
  if (!isAgreed) {
    const next = 'If what is missing is meant to be gone: "lanmirror-server accept --yes".';
    throw new UserError('NOT_AGREED', 'Nothing was removed: nobody agreed.', next, EXIT.held);
  }
  const answer = await askProgram(stateDir, 'accept', {}, SILENT);
  if ((answer?.result as { isAccepted?: boolean } | undefined)?.isAccepted === true) {
    process.stdout.write('Agreed: what is missing is removed; each mirror moves it to its trash, or asks.\n');
    return EXIT.done;
  }
  throw new UserError(
    'NOT_ACCEPTABLE',
    'That cannot be accepted.',
    'Do what the line above says.',
    EXIT.held,
  );
}

async function stop({ stateDir }: Asking): Promise<ExitCode> {
  const answer = await askProgram(stateDir, 'stop', {}, SILENT);
  process.stdout.write(answer === undefined ? 'It does not run.\n' : 'Stopping.\n');
  return EXIT.done;
}
