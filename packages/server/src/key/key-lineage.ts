/**
 * Where the keys of a home came from, and which are keys no longer. Copies stay in the folder that they were taken from,
 * and in others that took them from there: what is removed in one is written down in all those above, and is no key
 * for whoever has it from one of them.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSmallFile, replaceWhole } from '@lanmirror/engine/host';

/** In a home that takes no keys over any more: the folder that its keys came from, and a digest of its own. */
const ORIGIN_FILE = 'keys-from';
/** In a home: a file for each key with a name. */
export const KEYS_FOLDER = 'keys';
/** A digest for each key with a name that was removed, one a line. */
const REMOVED_FILE = 'keys-removed';

export interface KeyOrigin {
  /** '' when the keys were made in this home. */
  readonly folder: string;
  /** Of the key called default when the home was last served, as {@link digestOf} gives it; '' for none. */
  readonly digest: string;
}

/** What does not tell a key, and is another one for each. `text`: the key as it is written. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text.trim()).digest('hex');
}

/** Undefined while the home is new. Throws errors of the file system. */
export function originOf(home: string): KeyOrigin | undefined {
  const text = readSmallFile(join(home, ORIGIN_FILE), false);
  if (text === undefined) return undefined;
  const [digest = '', folder = ''] = text.split('\n');
  return { folder, digest };
}

/** Throws errors of the file system. */
export function recordOrigin(home: string, { folder, digest }: KeyOrigin): void {
  const known = originOf(home);
  if (known?.folder === folder && known.digest === digest) return;
  replaceWhole(join(home, ORIGIN_FILE), `${digest}\n${folder}\n`);
}

/** Whether a key with a name was removed here, or in a folder that the keys came from. Throws errors of the file system. */
export function removedKeys(home: string): { has(text: string): boolean } {
  const digests = new Set(
    lineageOf(home).flatMap((folder) => {
      const file = join(folder, REMOVED_FILE);
      return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    }),
  );
  return { has: (text) => digests.has(digestOf(text)) };
}

/**
 * Another text whenever a key was removed in the home or in a folder that its keys came from, or a file in one of the
 * folders of keys came or went. Throws errors of the file system.
 */
export function lineageState(home: string): string {
  const files = lineageOf(home).flatMap((folder) => [join(folder, REMOVED_FILE), join(folder, KEYS_FOLDER)]);
  return files
    .map((file) => {
      const stat = lstatSync(file, { bigint: true, throwIfNoEntry: false });
      return stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeNs}`;
    })
    .join('\n');
}

/** Writes down that this key was removed, the home first. Throws errors of the file system. */
export function recordRemoved(home: string, text: string): void {
  for (const folder of lineageOf(home))
    if (existsSync(folder))
      // A line that a power cut tore is closed by the first line break.
      appendFileSync(join(folder, REMOVED_FILE), `\n${digestOf(text)}\n`, { mode: 0o600, flush: true });
}

/** The home, and the folders that its keys went through on their way to it. */
function lineageOf(home: string): readonly string[] {
  const folders = new Set<string>();
  for (let at = home; at !== '' && !folders.has(at); at = originOf(at)?.folder ?? '') folders.add(at);
  return [...folders];
}
