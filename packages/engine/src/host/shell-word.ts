/** A text as one word of a command that a person can copy. */

/** As a shell reads it: quoted where it has to be. */
export function asWord(text: string): string {
  return /^[\p{L}\p{N}._-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
