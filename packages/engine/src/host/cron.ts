/** The times that a cron expression means, in a time zone. */
import { Cron, CronPattern } from 'croner';
import { cronFault } from './cron-fault.ts';
import { type NextAfter, onceShown } from './shown-time.ts';
import { offsetOf } from './time-zone.ts';

/**
 * Reads five fields (minute, hour, day, month, weekday), or six with seconds in front. A time that a change of the
 * clock leaves out comes right behind the gap, once for all of them; one that comes twice counts once. What comes in
 * every hour goes by the clock alone: it comes whenever that shows it.
 *
 * @param timeZone a name like `Europe/Berlin`; '' for that of the machine
 * @throws Error that says what is wrong
 */
export function readCron(text: string, timeZone: string): NextAfter {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6)
    throw new Error(`it has ${fields.length} field${fields.length === 1 ? '' : 's'}, and not 5 or 6`);
  try {
    return remembered(momentsOf(fields.join(' '), timeZone));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Error(cronFault(fields, error.message), { cause: error });
  }
}

function momentsOf(pattern: string, timeZone: string): NextAfter {
  if (isByClock(pattern)) return afterOf(pattern, timeZone === '' ? {} : { timezone: timeZone });
  return onceShown(afterOf(pattern, { utcOffset: 0 }), offsetOf(timeZone));
}

function afterOf(pattern: string, zone: { timezone?: string; utcOffset?: number }): NextAfter {
  const cron = new Cron(pattern, { ...zone, paused: true });
  return (ms) => cron.nextRun(new Date(ms))?.getTime();
}

/** Whoever writes `*` means an interval, and whoever names hours means these. A whole date is a moment already. */
function isByClock(pattern: string): boolean {
  return pattern.includes(':') || new CronPattern(pattern).hour.every((isNamed) => isNamed !== 0);
}

/** Answers that are kept: of now, of the next change of a window, and of the next due time. */
const MAX_KEPT = 8;

/** Who waits asks again and again, and each answer stays the same until its time has come. */
function remembered(nextAfter: NextAfter): NextAfter {
  const kept: { readonly fromMs: number; readonly nextMs: number | undefined }[] = [];
  return (ms) => {
    const known = kept.find(({ fromMs, nextMs }) => fromMs <= ms && (nextMs === undefined || ms < nextMs));
    if (known !== undefined) return known.nextMs;
    const nextMs = nextAfter(ms);
    kept.push({ fromMs: ms, nextMs });
    if (kept.length > MAX_KEPT) kept.shift();
    return nextMs;
  };
}
