/** The key of a server: which one it serves with, and what `lanmirror-server key` prints. */
import { statSync } from 'node:fs';
import {
  type Configuration,
  createKey,
  displayName,
  EXIT,
  type ExitCode,
  type FoundKey,
  keyFileIn,
  locateKey,
  openStateDir,
  UserError,
} from '@lanmirror/engine/host';
import { type Asking, askIfRunning } from './ask-running.ts';

/** The key to serve with; one is made in the state folder when none is configured. Throws UserError. */
export function keyToServe(
  configuration: Configuration,
  stateDir: string,
): FoundKey & { readonly isNew: boolean } {
  const found = locateKey(configuration, process.env, stateDir);
  if (found !== undefined) return { ...found, isNew: false };
  const key = Buffer.from(createKey(stateDir), 'base64url');
  return { key, source: keyFileIn(stateDir), isNew: true };
}

/**
 * Prints the key that mirrors need: that of the running server, else the one that a start would take. Only
 * for a folder that can be published a key is made.
 *
 * @throws UserError when a server runs with another state folder than the one that was given, or when
 * there is neither a key nor the folder
 */
export async function printKey(asking: Asking, configuration: Configuration): Promise<ExitCode> {
  const configured = textOf(locateKey(configuration, process.env, asking.stateDir));
  if (configured !== undefined && asking.isStateDirGiven) return print(configured);
  const running = (await askIfRunning(asking, 'key'))?.result as { key: string; pid: number } | undefined;
  if (running === undefined) return print(configured ?? newKey(asking));
  if (configured !== undefined && configured !== running.key) {
    const cause = `The server that runs (process ${running.pid}) has another key than these settings name.`;
    process.stderr.write(`${cause} This is the one of the server that runs:\n`);
  }
  return print(running.key);
}

/** Throws UserError when the folder to publish is not there. */
function newKey({ monitorDir, stateDir, isStateDirGiven }: Asking): string {
  const problem = problemOf(monitorDir);
  if (problem !== undefined)
    throw new UserError(
      'NO_MONITOR_DIR',
      `There is no key yet, and MonitorDir ${displayName(monitorDir)} ${problem}.`,
      'Check the path, its permissions, and that its disk is mounted.',
    );
  const given = isStateDirGiven ? stateDir : '';
  return createKey(openStateDir({ program: 'server', root: monitorDir, given, env: process.env }));
}

function problemOf(monitorDir: string): string | undefined {
  try {
    const stat = statSync(monitorDir, { throwIfNoEntry: false });
    if (stat === undefined) return 'does not exist';
    return stat.isDirectory() ? undefined : 'is not a folder';
  } catch (error) {
    return `cannot be looked at (${(error as NodeJS.ErrnoException).code ?? String(error)})`;
  }
}

function textOf(found: FoundKey | undefined): string | undefined {
  return found && Buffer.from(found.key).toString('base64url');
}

function print(key: string): ExitCode {
  process.stdout.write(`${key}\n`);
  return EXIT.done;
}
