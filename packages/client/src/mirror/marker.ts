/**
 * The marker in a target: proof that this folder is the target we joined, and not the bare mount point
 * of a disk that is not there.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { displayName, EXIT, UserError } from '@lanmirror/engine/host';

const OWN = '.lanmirror';
const MARKER = join(OWN, 'marker');
/** A marker that has not got its name yet. */
const DRAFT = /^marker-[0-9a-f]{32}$/;

/**
 * The target's id, undefined when there is no marker.
 * @throws UserError for one that is damaged or cannot be read: whose target this is, is not known then
 */
export async function readMarker(targetDir: string): Promise<string | undefined> {
  const path = join(targetDir, MARKER);
  let text: string;
  try {
    text = await readFile(path, {
      encoding: 'utf8',
      // O_NONBLOCK: a FIFO in its place would be waited for for ever.
      flag: constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UserError(
      'MARKER_UNREADABLE',
      `The marker ${displayName(path)} cannot be read (${code ?? String(error)}).`,
      'Look at the disk and at the permissions of that file.',
      EXIT.held,
    );
  }
  const id = /^target ([0-9a-f]{32})$/m.exec(text)?.[1];
  if (id !== undefined) return id;
  throw new UserError(
    'MARKER_DAMAGED',
    `The marker ${displayName(path)} is damaged.`,
    'If this folder is the mirror, remove that file and start with --adopt: what is there is recognised.',
    EXIT.held,
  );
}

/** A name for a new target. */
export function newTargetId(): string {
  return randomBytes(16).toString('hex');
}

/**
 * Whether nothing is in an existing folder, or only what a kill of `writeMarker` leaves: it is nobody's, and there is
 * nothing in it to ask a person about. Rejects with the error of the file system for a folder that cannot be read.
 */
export async function isVacant(targetDir: string): Promise<boolean> {
  const names = await readdir(targetDir);
  if (names.length === 0) return true;
  if (names.some((name) => name !== OWN) || !(await lstat(join(targetDir, OWN))).isDirectory()) return false;
  const own = await readdir(join(targetDir, OWN), { withFileTypes: true });
  return own.every((file) => file.isFile() && DRAFT.test(file.name));
}

/** Makes a folder the target of this id. The marker appears whole or not at all, also in a power cut. */
export async function writeMarker(targetDir: string, id: string): Promise<void> {
  const own = join(targetDir, OWN);
  await mkdir(own, { recursive: true, mode: 0o700 });
  for (const name of await readdir(own)) if (DRAFT.test(name)) await rm(join(own, name));
  const draft = join(targetDir, `${MARKER}-${id}`);
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(
      `This folder is kept identical by lanmirror. Do not remove this file.\ntarget ${id}\n`,
    );
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(targetDir, MARKER));
  for (const folder of [own, targetDir]) await flushFolder(folder);
}

async function flushFolder(path: string): Promise<void> {
  // Windows cannot open a folder, and needs no flush of it.
  if (process.platform === 'win32') return;
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
