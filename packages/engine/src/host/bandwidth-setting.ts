/** How fast contents may flow, as people write it: `512k`, `off`, or a timetable. Pure. */
import { UserError } from './user-error.ts';

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MINUTES_OF_DAY = 24 * 60;
const RATE = /^(\d+(?:\.\d+)?)([kmg])(?:i?b)?$/i;
const RATE_STEPS = ['', 'k', 'm', 'g'];
const ENTRY = /^(?:([a-z]+)-)?(\d{1,2}):(\d{2}),(.+)$/i;
/** A single message must not take so long that the line would be taken for dead. */
const MIN_RATE = 32 * 1024;
const HOW = 'Write 512k, 10M or off; or times with rates, like 08:00,512k 23:00,off or Sat-09:00,off.';

interface Step {
  /** Minutes from Sunday 00:00. */
  readonly fromMinute: number;
  /** Infinity for no limit. */
  readonly bytesPerSecond: number;
}

/**
 * The steps of a week in their order; none for no limit.
 * @param where where it was written, for the message
 * @throws UserError
 */
export function parseBandwidth(text: string, where: string): readonly Step[] {
  const words = text.trim().split(/\s+/);
  const [first = ''] = words;
  if (words.length === 1 && !first.includes(',')) {
    const bytesPerSecond = rateOf(first, where);
    return bytesPerSecond === Number.POSITIVE_INFINITY ? [] : [{ fromMinute: 0, bytesPerSecond }];
  }
  const entries = words.map((word) => entryOf(word, where));
  refuseTwice(entries, where);
  const steps = new Map<number, number>();
  // What is said of a day wins over what is said of all days at that minute.
  for (const isOfDay of [false, true])
    for (const { days, minute, rate } of entries)
      if ((days.length === 1) === isOfDay)
        for (const day of days) steps.set(day * MINUTES_OF_DAY + minute, rate);
  return [...steps]
    .map(([fromMinute, bytesPerSecond]) => ({ fromMinute, bytesPerSecond }))
    .sort((a, b) => a.fromMinute - b.fromMinute);
}

/** The bandwidth of a setting that may change: `text` gives it as it is at the moment, checked already. */
export function bandwidthReader(text: () => string): () => readonly Step[] {
  let known: string | undefined;
  let steps: readonly Step[] = [];
  return () => {
    const now = text();
    if (now === known) return steps;
    steps = parseBandwidth(now, 'BwLimit');
    known = now;
    return steps;
  };
}

interface Entry {
  /** As it was written. */
  readonly word: string;
  /** One, or all of a week. */
  readonly days: readonly number[];
  readonly minute: number;
  /** Bytes a second. */
  readonly rate: number;
}

/** Of two rates from the same minute on one would be for nothing. */
function refuseTwice(entries: readonly Entry[], where: string): void {
  const words = new Map<string, string>();
  for (const { word, days, minute } of entries) {
    const key = `${days.join()} ${minute}`;
    const before = words.get(key);
    if (before !== undefined)
      throw new UserError(
        'BAD_BANDWIDTH',
        `${where}: "${before}" and "${word}" begin at the same time.`,
        HOW,
      );
    words.set(key, word);
  }
}

function entryOf(word: string, where: string): Entry {
  const [, dayName, hour = '', minutes = '', rate = ''] = ENTRY.exec(word) ?? [];
  const minute = Number(hour) * 60 + Number(minutes);
  if (rate === '' || Number(minutes) > 59 || minute >= MINUTES_OF_DAY) throw unreadable(word, where);
  if (dayName === undefined)
    return { word, days: DAYS.map((_, day) => day), minute, rate: rateOf(rate, where) };
  const name = dayName.toLowerCase();
  const day = DAYS.findIndex((one) => one === name || one.slice(0, 3) === name);
  if (day < 0) throw unreadable(word, where);
  return { word, days: [day], minute, rate: rateOf(rate, where) };
}

function rateOf(word: string, where: string): number {
  if (word.toLowerCase() === 'off') return Number.POSITIVE_INFINITY;
  const [, number = '', unit = ''] = RATE.exec(word) ?? [];
  const rate = Math.floor(Number(number) * 1024 ** RATE_STEPS.indexOf(unit.toLowerCase()));
  if (number === '' || !Number.isSafeInteger(rate)) throw unreadable(word, where);
  if (rate >= MIN_RATE) return rate;
  throw new UserError('BAD_BANDWIDTH', `${where}: ${word} is less than 32k bytes a second.`, HOW);
}

function unreadable(word: string, where: string): UserError {
  const hint = /^[\d.]+$/.test(word) ? ' Say what it counts: K, M or G bytes a second.' : '';
  return new UserError('BAD_BANDWIDTH', `${where}: "${word}" is no bandwidth.${hint}`, HOW);
}
