/** The times that a cron expression means, in a time zone. */
import { Cron } from 'croner';

/** The first time strictly after `ms` (milliseconds since 1970); undefined when there is none. */
export type NextAfter = (ms: number) => number | undefined;

/**
 * Reads five fields (minute, hour, day, month, weekday), or six with seconds in front. A time that a change of the
 * clock leaves out comes right behind that hour; one that comes twice counts once.
 *
 * @param timeZone a name like `Europe/Berlin`; '' for that of the machine
 * @throws Error that says what is wrong
 */
export function readCron(text: string, timeZone: string): NextAfter {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6)
    throw new Error(`it has ${fields.length} field${fields.length === 1 ? '' : 's'}, and not 5 or 6`);
  const zone = timeZone === '' ? {} : { timezone: timeZone };
  const cron = new Cron(fields.join(' '), { ...zone, paused: true });
  return remembered((ms) => cron.nextRun(new Date(ms))?.getTime());
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

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** `2025-03-31 12:00:00`, as the clocks of the zone show it; of another zone than the machine's with its name behind. */
export function zonedTime(ms: number, timeZone: string): string {
  const zone = timeZone === '' ? {} : { timeZone };
  const parts = new Intl.DateTimeFormat('en-CA', {
    ...zone,
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  }).formatToParts(ms);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  const text = `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')}`;
  return timeZone === '' ? text : `${text} ${timeZone}`;
}
