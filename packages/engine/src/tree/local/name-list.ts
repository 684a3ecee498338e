/** The names in a folder, true to the byte: a name that is not UTF-8 is told, never mangled. */

import { readdirSync } from 'node:fs';
import type { Listing } from '../port.ts';

const REPLACEMENT = '\ufffd';
const NOTHING: readonly string[] = [];

/**
 * Reads a folder. Names come as text, which is faster than bytes; only where a replacement character
 * shows that a name may have been mangled are the bytes read again to see.
 */
export function listNames(systemPath: string): Listing {
  const names = readdirSync(systemPath);
  if (!names.some((name) => name.includes(REPLACEMENT))) return { names, undecodable: NOTHING };
  return sortOut(readdirSync(systemPath, { encoding: 'buffer' }));
}

function sortOut(rawNames: readonly Uint8Array[]): Listing {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const names: string[] = [];
  const undecodable: string[] = [];
  for (const raw of rawNames) {
    try {
      names.push(decoder.decode(raw));
    } catch {
      undecodable.push(escapeName(raw));
    }
  }
  return { names, undecodable };
}

/** `caf\xe9.txt`: every byte that does not belong to valid UTF-8 as \x and two hexadecimal digits. */
export function escapeName(raw: Uint8Array): string {
  let text = '';
  for (let at = 0; at < raw.length; ) {
    const length = sequenceLength(raw, at);
    if (length === 0) text += `\\x${(raw[at] ?? 0).toString(16).padStart(2, '0')}`;
    else text += Buffer.from(raw.subarray(at, at + length)).toString('utf8');
    at += Math.max(1, length);
  }
  return text;
}

/** Bytes of the valid UTF-8 sequence that starts at `at`, 0 when there is none. */
function sequenceLength(raw: Uint8Array, at: number): number {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (let length = 1; length <= 4 && at + length <= raw.length; length++) {
    try {
      decoder.decode(raw.subarray(at, at + length));
      return length;
    } catch {
      // Not a whole sequence yet: a longer one may be.
    }
  }
  return 0;
}
