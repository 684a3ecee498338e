/** A pattern that a person typed and that means nothing: most often a slip, which must not look like success. */
import { displayName, EXIT, UserError } from '@lanmirror/engine/host';

/** Of a command whose pattern matches no path, neither at the source nor on the target. */
export function noMatch(pattern: string): UserError {
  return new UserError(
    'NO_MATCH',
    `Nothing matches '${displayName(pattern)}', neither at the source nor here. Nothing was done.`,
    'Is it spelled as at the source, from the top of the mirror? A folder that may be empty is named by itself, without "/*".',
    EXIT.usage,
  );
}
