/** The patterns of what is fetched first, as a setting has them. */
import { type RuleLine, splitPatterns } from './rule-lines.ts';
import type { Resolved } from './setting.ts';
import { UserError } from './user-error.ts';

/** Each file is compared with each of them. */
const MAX_PATTERNS = 100;

/** @throws UserError with the place for too many, and for what would be no pattern */
export function readPriority({ text, source }: Resolved): RuleLine[] {
  const lines = splitPatterns(text);
  if (lines.length > MAX_PATTERNS)
    throw new UserError(
      'TOO_MANY_RULES',
      `${source}: there are ${lines.length} patterns; at most ${MAX_PATTERNS} are possible.`,
    );
  const comment = lines.find((line) => line.startsWith('#'));
  if (comment !== undefined)
    throw new UserError(
      'COMMENT_AS_RULE',
      `${source}: "${comment}" is a comment, not a pattern.`,
      'Write \\# for a name that begins with #.',
    );
  return lines.map((line) => ({ line, origin: source }));
}
