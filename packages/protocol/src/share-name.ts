/** Names of shares and of keys, as both ends write them. Pure. */

/** The key that is used where none is named. */
export const DEFAULT_KEY_NAME = 'default';

const MAX_KEY_NAME_CHARACTERS = 64;

/**
 * The name of a share in the form in which it is sent and compared. One letter can be typed in two ways (as one
 * character, or as a letter and a mark); both are made the same.
 */
export function plainShareName(name: string): string {
  return name.normalize('NFC');
}

/**
 * Whether a key may be called so: 1 to 64 letters a to z, digits, `.`, `_` and `-`, the first a letter or a digit. It
 * is the name of a file, also where capitals do not count, and goes over the wire before anything is encrypted.
 */
export function isKeyName(name: string): boolean {
  return name.length <= MAX_KEY_NAME_CHARACTERS && /^[a-z0-9][a-z0-9._-]*$/.test(name);
}
