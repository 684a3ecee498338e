/**
 * The marker in a target: proof that this folder is the target we joined, and not the bare mount point
 * of a disk that is not there.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const MARKER = join('.lanmirror', 'marker');

/** The target's id, undefined when there is no marker. Throws for one that cannot be read. */
export async function readMarker(targetDir: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(join(targetDir, MARKER), {
      encoding: 'utf8',
      flag: constants.O_RDONLY | constants.O_NOFOLLOW,
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  const id = /^target ([0-9a-f]{32})$/m.exec(text)?.[1];
  if (id === undefined) throw new Error(`${join(targetDir, MARKER)} is damaged`);
  return id;
}

/** Makes a folder a target. Returns its new id. */
export async function writeMarker(targetDir: string): Promise<string> {
  const id = randomBytes(16).toString('hex');
  await mkdir(join(targetDir, '.lanmirror'), { recursive: true, mode: 0o700 });
  const file = await open(join(targetDir, MARKER), 'wx', 0o600);
  try {
    await file.writeFile(
      `This folder is kept identical by lanmirror. Do not remove this file.\ntarget ${id}\n`,
    );
    await file.sync();
  } finally {
    await file.close();
  }
  return id;
}
