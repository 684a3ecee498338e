/** Hours of the day as a person writes them, as the two cron expressions of their beginning and their end. Pure. */

export interface WindowTimes {
  readonly opens: string;
  readonly closes: string;
}

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const WINDOW = /^(?:([a-z]+)(?:\s*-\s*([a-z]+))?\s+)?(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)$/i;

/** Hours of a week that belong together, in minutes from Sunday 00:00: from the first on, and before the second. */
interface Span {
  readonly from: number;
  /** Above a week for what goes on into the next. */
  readonly to: number;
}

const DAY = 24 * 60;
const WEEK = 7 * DAY;

/**
 * Reads windows with commas between them: `23:00-07:00`, `mo-fr 18:00-24:00, sa-su 00:00-24:00`. One that ends
 * before it begins ends on the next day; the days are those on which it begins. Hours that overlap or meet are one
 * window, so that no end is the moment of a beginning. None: together they are all the week.
 *
 * @throws Error that says what is wrong
 */
export function readWindows(text: string): WindowTimes[] {
  const spans = merged(text.split(',').flatMap((one) => spansOf(one.trim())));
  if (spans.some(({ from, to }) => to - from >= WEEK)) return [];
  const alike = new Map<string, Span[]>();
  for (const span of spans) {
    const times = `${span.from % DAY} ${span.to % DAY}`;
    alike.set(times, [...(alike.get(times) ?? []), span]);
  }
  return [...alike.values()].map((some) => ({
    opens: cronOf(some.map(({ from }) => from)),
    closes: cronOf(some.map(({ to }) => to)),
  }));
}

/** One for each day. */
function spansOf(text: string): Span[] {
  const [, first, last = first, ...numbers] = WINDOW.exec(text) ?? [];
  const [fromHour = Number.NaN, fromMinute = 0, toHour = 0, toMinute = 0] = numbers.map(Number);
  const begin = fromHour * 60 + fromMinute;
  const end = toHour * 60 + toMinute;
  const isTime = begin < DAY && end <= DAY && fromMinute < 60 && toMinute < 60;
  if (!isTime) throw new Error(`"${text}" is not like 23:00-07:00 or mo-fr 18:00-24:00`);
  if (begin === end) throw new Error(`"${text}" begins and ends at the same time`);
  const minutes = end > begin ? end - begin : end + DAY - begin;
  return daysBetween(first, last).map((day) => {
    const from = day * DAY + begin;
    return { from, to: from + minutes };
  });
}

/** The same hours in spans that neither overlap nor meet, also over the end of the week. */
function merged(spans: readonly Span[]): Span[] {
  const apart: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = apart.at(-1);
    if (last === undefined || last.to < span.from) apart.push(span);
    else apart[apart.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  }
  // What goes on into the next week may reach spans that stand at its beginning.
  let tail = apart.at(-1);
  while (tail !== undefined && apart.length > 1) {
    const [next] = apart;
    if (next === undefined || tail.to - WEEK < next.from) break;
    tail = { from: tail.from, to: Math.max(tail.to, next.to + WEEK) };
    apart[apart.length - 1] = tail;
    apart.shift();
  }
  return apart;
}

/** Without names: all days. */
function daysBetween(from: string | undefined, to: string | undefined): number[] {
  if (from === undefined || to === undefined) return DAYS.map((_name, day) => day);
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

/** Minutes of the week at one time of the day. */
function cronOf(minutes: readonly number[]): string {
  const [at = 0] = minutes;
  const days = minutes.map((minute) => Math.floor((minute % WEEK) / DAY)).sort((a, b) => a - b);
  const named = days.length === DAYS.length ? '*' : days.join(',');
  return `${at % 60} ${Math.floor((at % DAY) / 60)} * * ${named}`;
}
