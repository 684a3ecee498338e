/** Time zones, as this machine knows them. */

/** What the clocks of a zone show more than those of UTC, in milliseconds, at `ms` (milliseconds since 1970). */
export type OffsetAt = (ms: number) => number;

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** @param timeZone a name like `Europe/Berlin`; '' for that of the machine */
export function offsetOf(timeZone: string): OffsetAt {
  if (timeZone === '') return (ms) => -new Date(ms).getTimezoneOffset() * 60_000;
  const clock = clockOf(timeZone);
  return (ms) => {
    const { year, month, day, hour, minute, second } = fieldsOf(clock, ms);
    const shownMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    return shownMs - Math.floor(ms / 1000) * 1000;
  };
}

/** `2025-03-31 12:00:00`, as the clocks of the zone show it; of another zone than the machine's with its name behind. */
export function zonedTime(ms: number, timeZone: string): string {
  const { year, month, day, hour, minute, second } = fieldsOf(clockOf(timeZone), ms);
  const text = `${year}-${month}-${day} ${hour}:${minute}:${second}`;
  return timeZone === '' ? text : `${text} ${timeZone}`;
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-CA', {
    ...(timeZone === '' ? {} : { timeZone }),
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  });
}

type Field = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second';

function fieldsOf(clock: Intl.DateTimeFormat, ms: number): Readonly<Record<Field, string>> {
  const fields = { year: '', month: '', day: '', hour: '', minute: '', second: '' };
  return Object.assign(
    fields,
    Object.fromEntries(clock.formatToParts(ms).map((one) => [one.type, one.value])),
  );
}
