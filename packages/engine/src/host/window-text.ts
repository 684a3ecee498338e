/** Hours of the day as a person writes them, as the two cron expressions of their beginning and their end. Pure. */

export interface WindowTimes {
  readonly opens: string;
  readonly closes: string;
}

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const WINDOW = /^(?:([a-z]+)(?:\s*-\s*([a-z]+))?\s+)?(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)$/i;

/**
 * Reads windows with commas between them: `23:00-07:00`, `mo-fr 18:00-24:00, sa-su 00:00-24:00`. One that ends
 * before it begins ends on the next day; the days are those on which it begins.
 *
 * @throws Error that says what is wrong
 */
export function readWindows(text: string): WindowTimes[] {
  return text.split(',').map((one) => readWindow(one.trim()));
}

function readWindow(text: string): WindowTimes {
  const [, from, to = from, ...numbers] = WINDOW.exec(text) ?? [];
  const [fromHour = Number.NaN, fromMinute = 0, toHour = 0, toMinute = 0] = numbers.map(Number);
  const begin = fromHour * 60 + fromMinute;
  const end = toHour * 60 + toMinute;
  const isTime = begin < 24 * 60 && end <= 24 * 60 && fromMinute < 60 && toMinute < 60;
  if (!isTime) throw new Error(`"${text}" is not like 23:00-07:00 or mo-fr 18:00-24:00`);
  if (begin === end) throw new Error(`"${text}" begins and ends at the same time`);
  if (from === undefined && end - begin === 24 * 60)
    throw new Error(`"${text}" is all the time, as without it`);
  const days = daysBetween(from, to);
  const endDays = end > begin && end < 24 * 60 ? days : days?.map((day) => (day + 1) % 7);
  return { opens: cronOf(fromHour, fromMinute, days), closes: cronOf(toHour % 24, toMinute, endDays) };
}

/** Undefined for all days. */
function daysBetween(from: string | undefined, to: string | undefined): number[] | undefined {
  if (from === undefined || to === undefined) return undefined;
  const [first, last] = [dayOf(from), dayOf(to)];
  const count = ((last - first + 7) % 7) + 1;
  return Array.from({ length: count }, (_, at) => (first + at) % 7);
}

/** Two letters, three, or the whole word. */
function dayOf(name: string): number {
  const word = name.toLowerCase();
  const day = DAYS.findIndex((one) => [one, one.slice(0, 3), one.slice(0, 2)].includes(word));
  if (day < 0) throw new Error(`"${name}" is no day of the week`);
  return day;
}

function cronOf(hour: number, minute: number, days: readonly number[] | undefined): string {
  return `${minute} ${hour} * * ${days === undefined ? '*' : [...days].sort((a, b) => a - b).join(',')}`;
}
