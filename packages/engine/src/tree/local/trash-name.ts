/** Names in the trash. Pure: time is an argument. */

import { createHash } from 'node:crypto';
import { MAX_NAME_BYTES, MAX_PATH_BYTES, nameOf, utf8Length } from '@lanmirror/protocol';

const HASH_CHARACTERS = 16;

/** The folder of a day, `2025-03-31`, in local time: it is for people. */
export function dayName(wallMs: number): string {
  const time = new Date(wallMs);
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

/**
 * What is added to a name that is taken: ` ~HHMMSS`, then ` ~HHMMSS-2`, ` ~HHMMSS-3`.
 * @param attempt counted from 1
 */
export function suffixOf(wallMs: number, attempt: number): string {
  const time = new Date(wallMs);
  const clock = `${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
  return attempt === 1 ? ` ~${clock}` : ` ~${clock}-${attempt}`;
}

/** `name` with `suffix`, shortened at its end so that the whole stays a legal name. */
export function suffixedName(name: string, suffix: string): string {
  return shortened(name, MAX_NAME_BYTES - utf8Length(suffix)) + suffix;
}

/** Whether `folder/path` is too long for other programs to reach by its path. */
export function isTooLongForTrash(folder: string, path: string): boolean {
  return utf8Length(folder) + 1 + utf8Length(path) > MAX_PATH_BYTES;
}

/** A single name that stands for a whole path: a hash of the path and its last component. */
export function flatName(path: string): string {
  const hash = createHash('sha256').update(path).digest('hex').slice(0, HASH_CHARACTERS);
  return `${hash} ${shortened(nameOf(path), MAX_NAME_BYTES - HASH_CHARACTERS - 1)}`;
}

/** The longest beginning of `text` with at most `limitBytes` bytes, never half a character. */
function shortened(text: string, limitBytes: number): string {
  let end = text.length;
  while (utf8Length(text.slice(0, end)) > limitBytes) end -= 1;
  const last = text.charCodeAt(end - 1);
  if (end < text.length && last >= 0xd800 && last <= 0xdbff) end -= 1;
  return text.slice(0, end);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
