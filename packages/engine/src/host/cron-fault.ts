/** What is wrong with a cron expression, in the words in which it was written. */
import { CronPattern } from 'croner';

const FIELDS = ['second', 'minute', 'hour', 'day', 'month', 'weekday'];
/** Reasons that tell of how croner counts, and nothing more than that it is wrong. */
const INTERNAL = /^Invalid value|configuration entry|not a number|NaN|Type:/;

/**
 * Names the field, and of a list the part, that cannot be, for croner names its own numbers of days and months.
 * @param fields five, or six with seconds in front
 * @param refusal what croner said of all of them
 */
export function cronFault(fields: readonly string[], refusal: string): string {
  const before = FIELDS.length - fields.length;
  for (const [at, field] of fields.entries()) {
    for (const part of [...field.split(','), field]) {
      const why = refusalOf(part, before + at);
      if (why === undefined) continue;
      const value = part === '' ? field : part;
      const reason = INTERNAL.test(why) ? '' : `; ${why}`;
      return `Invalid value for ${FIELDS[before + at]}: ${value}${reason}`;
    }
  }
  return withoutOrigin(refusal);
}

/** Why this cannot be in that field, whatever the others say; undefined when it can. */
function refusalOf(part: string, field: number): string | undefined {
  const value = part === '' ? ',' : part;
  try {
    new CronPattern(FIELDS.map((_name, at) => (at === field ? value : '*')).join(' '));
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return withoutOrigin(error.message);
  }
}

function withoutOrigin(refusal: string): string {
  return refusal.replace(/^CronPattern: (?:Syntax error, )?/, '').replace(/\.$/, '');
}
