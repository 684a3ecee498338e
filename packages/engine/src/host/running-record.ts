/**
 * Which programs run on a root, or with an INI, whatever their state folders are: a small file for each, beside the default
 * state folders of this user, or with the control sockets where that place cannot be written.
 *
 * A file is removed when its program ends. One that a kill left behind names a dead process, and is not
 * believed; the next start on the same root and state folder replaces it.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runtimeDir, runtimeDirs } from './control/control-endpoint.ts';
import { replaceWhole } from './exclusive-file.ts';
import { lifeOf, ownIdentity, type ProcessIdentity } from './process-identity.ts';
import { readSmallFile } from './small-file.ts';
import { namedPath, stateHome } from './state-dir.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface RunningProgram extends ProcessIdentity {
  /** The folder that it is about, absolute and real; or its INI, by its `namedPath`. */
  readonly root: string;
  readonly stateDir: string;
}

const FOLDER = 'running';
const HASH_CHARACTERS = 16;

/**
 * Notes that this process runs on `root`. Where nothing can be written it is found by its state folder only.
 * @returns what takes the note back
 */
export function recordRunning(
  program: 'server' | 'client',
  root: string,
  stateDir: string,
  env: Environment,
): () => void {
  const record: RunningProgram = { ...ownIdentity(), root, stateDir };
  const name = `${prefixOf(program, root)}${hashOf(stateDir)}`;
  for (const folder of [
    () => join(stateHome(env), FOLDER),
    () => join(runtimeDir(env), `lanmirror-${FOLDER}`),
  ]) {
    try {
      const file = join(folder(), name);
      mkdirSync(folder(), { recursive: true, mode: 0o700 });
      replaceWhole(file, `${JSON.stringify(record)}\n`);
      return () => rmSync(file, { force: true });
    } catch {
      // A home that is not there or cannot be written: there is another place, and the state folder itself.
    }
  }
  return () => undefined;
}

/**
 * Notes that this process runs with an INI, so that it is found whatever that says by then.
 * @param iniPath absolute; '' for none
 * @returns what takes the note back
 */
export function recordRunningWith(
  program: 'server' | 'client',
  iniPath: string,
  stateDir: string,
  env: Environment,
): () => void {
  // `--config /dev/null` is no file of this program.
  const isOwn = iniPath !== '' && statSync(iniPath, { throwIfNoEntry: false })?.isFile() === true;
  return isOwn ? recordRunning(program, namedPath(iniPath), stateDir, env) : () => undefined;
}

/** The programs of this user that run on `root` now. */
export function findRunning(
  program: 'server' | 'client',
  root: string,
  env: Environment,
): readonly RunningProgram[] {
  const prefix = prefixOf(program, root);
  const folders = [
    join(stateHome(env), FOLDER),
    ...runtimeDirs(env).map((dir) => join(dir, `lanmirror-${FOLDER}`)),
  ];
  return folders.flatMap((folder) =>
    namesIn(folder)
      .filter((name) => name.startsWith(prefix) && name.length === prefix.length + HASH_CHARACTERS)
      .flatMap((name) => parse(readSmallFile(join(folder, name), false) ?? '') ?? [])
      .filter((record) => record.root === root && lifeOf(record) === 'alive'),
  );
}

function prefixOf(program: string, root: string): string {
  return `${program}-${hashOf(root)}-`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARACTERS);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return [];
    throw error;
  }
}

function parse(text: string): RunningProgram | undefined {
  let value: Partial<Record<keyof RunningProgram, unknown>> | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    // Left by a crash of the machine: whoever wrote it is dead.
    return undefined;
  }
  const { pid, started, boot, space, host, root, stateDir } = value ?? {};
  const texts = [started, boot, space, host, root, stateDir];
  const isWhole = Number.isSafeInteger(pid) && texts.every((one) => typeof one === 'string');
  return isWhole ? (value as RunningProgram) : undefined;
}
