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
  UserError,
} from '@lanmirror/engine/host';
import { keyFolderOf } from '../key/inherited-key.ts';
import { type Asking, askIfRunning } from './ask-running.ts';

/** The key to serve with; one is made in the home when none is configured. Throws UserError. */
export function keyToServe(
  configuration: Configuration,
  home: string,
): FoundKey & { readonly isNew: boolean } {
  const found = locateKey(configuration, process.env, home);
  if (found !== undefined) return { ...found, isNew: false };
  const key = Buffer.from(createKey(home), 'base64url');
  return { key, source: keyFileIn(home), isNew: true };
}

/**
 * Prints the key that mirrors need: that of the running server, else the one that a start would take. Only
 * for a folder that can be published a key is made.
 *
 * @param openHome makes the home
 * @throws UserError when a server runs with another state folder than the one that was given, or when
 * there is neither a key nor a folder
 */
export async function printKey(
  asking: Asking,
  configuration: Configuration,
  openHome: () => void,
): Promise<ExitCode> {
  const configured = textOf(locateKey(configuration, process.env, keyFolderOf(asking.home)));
  if (configured !== undefined && asking.isStateDirGiven) return print(configured);
  const running = (await askIfRunning(asking, 'key'))?.result as { key: string; pid: number } | undefined;
  if (running === undefined) return print(configured ?? newKey(asking, openHome));
  if (configured !== undefined && configured !== running.key) {
    const cause = `The server that runs (process ${running.pid}) has another key than these settings name.`;
    process.stderr.write(`${cause} This is the one of the server that runs:\n`);
  }
  return print(running.key);
}

/** Throws UserError when no folder to publish is there. */
function newKey({ monitorDirs, home }: Asking, openHome: () => void): string {
  const problems = monitorDirs.map((root) => problemOf(root));
  const [first] = problems;
  if (first !== undefined && !problems.includes(undefined))
    throw new UserError(
      'NO_MONITOR_DIR',
      `There is no key yet, and MonitorDir ${displayName(monitorDirs[0] ?? '')} ${first}.`,
      'Check the path, its permissions, and that its disk is mounted.',
    );
  openHome();
  return createKey(home.dir);
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
