/** How many lines a list may have: `--limit`. Pure. */
import { UserError } from '@lanmirror/engine/host';

const DEFAULT_LIMIT = 1000;
const MAX_LIMIT = 1_000_000;

/** Lines of a list for a flag as it was typed; undefined: it was not. Throws UserError BAD_LIMIT. */
export function lineLimit(given: unknown): number {
  if (given === undefined) return DEFAULT_LIMIT;
  const limit = /^[0-9]+$/.test(String(given)) ? Number(given) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new UserError(
    'BAD_LIMIT',
    `--limit: "${String(given)}" is no number of lines.`,
    `Write a whole number from 1 to ${MAX_LIMIT}.`,
  );
}
