/** What the settings about times say together. */
import { readCron } from './cron.ts';
import { parseAge } from './quantity.ts';
import type { Resolved } from './setting.ts';
import type { NextAfter } from './shown-time.ts';
import { isTimeZone } from './time-zone.ts';
import { UserError } from './user-error.ts';
import { readWindows } from './window-text.ts';

export interface DueTimes {
  /** Equal for equal times. */
  readonly id: string;
  readonly after: NextAfter;
}

export interface ScheduleRules {
  /** Connected all the time, and not for runs only. */
  readonly isLive: boolean;
  readonly isSyncOnStart: boolean;
  readonly isMissedRun: boolean;
  readonly isVerifyRepair: boolean;
  readonly sync: DueTimes | undefined;
  readonly verify: DueTimes | undefined;
  readonly jitterMs: number;
  /** When something may be transferred; none: at any time. */
  readonly windows: readonly { readonly opensAfter: NextAfter; readonly closesAfter: NextAfter }[];
  /** '' for that of the machine. */
  readonly timeZone: string;
}

/** The words for schedules that many want, as cron knows them. */
const WORDS: Readonly<Record<string, string>> = {
  hourly: '0 * * * *',
  daily: '0 0 * * *',
  weekly: '0 0 * * 0',
  monthly: '0 0 1 * *',
};
const NO_SCHEDULE = 'no Schedule and no VerifySchedule is given';
/** Settings that say how runs by a schedule are done, and one of which that has to be. */
const IDLE_WITHOUT = [
  { key: 'Jitter', needs: ['Schedule', 'VerifySchedule'], why: NO_SCHEDULE },
  { key: 'RunMissed', needs: ['Schedule', 'VerifySchedule'], why: NO_SCHEDULE },
  { key: 'VerifyRepair', needs: ['VerifySchedule'], why: 'no VerifySchedule is given' },
];
/** Until then a schedule has to come once: four hundred years have every date on every weekday. A leap day may be eight years away. */
const FROM_MS = Date.UTC(2000, 0, 1);

/**
 * Reads the settings.
 * @throws UserError with the place for what is no time, never comes, or makes no sense together
 */
export function readScheduleRules(get: (key: string) => Resolved): ScheduleRules {
  const isYes = (key: string): boolean => get(key).text === 'yes';
  const timeZone = zoneOf(get('TimeZone'));
  const rules: ScheduleRules = {
    isLive: isYes('Live'),
    isSyncOnStart: isYes('SyncOnStart'),
    isMissedRun: isYes('RunMissed'),
    isVerifyRepair: isYes('VerifyRepair'),
    sync: dueTimesOf(get('Schedule'), timeZone),
    verify: dueTimesOf(get('VerifySchedule'), timeZone),
    jitterMs: parseAge(get('Jitter').text, get('Jitter').source),
    windows: windowsOf(get('Window'), timeZone),
    timeZone,
  };
  refuseNeverRun(get);
  return rules;
}

/**
 * Reads them one by one, so that all that is wrong can be told at once.
 * @param attempt is given what reads one, and may go on after it threw the UserError of {@link readScheduleRules}
 */
export function checkScheduleRules(
  get: (key: string) => Resolved,
  attempt: <T>(read: () => T) => T | undefined,
): void {
  const timeZone = attempt(() => zoneOf(get('TimeZone'))) ?? '';
  attempt(() => dueTimesOf(get('Schedule'), timeZone));
  attempt(() => dueTimesOf(get('VerifySchedule'), timeZone));
  attempt(() => windowsOf(get('Window'), timeZone));
  attempt(() => refuseNeverRun(get));
}

function refuseNeverRun(get: (key: string) => Resolved): void {
  if (get('Live').text === 'yes' || get('SyncOnStart').text === 'yes' || get('Schedule').text !== '') return;
  throw new UserError(
    'NEVER_RUN',
    `${get('Live').source}: with Live = no, no Schedule and SyncOnStart = no nothing would ever be mirrored.`,
    'Set Schedule or SyncOnStart, or leave Live out.',
  );
}

/**
 * What configurations say of runs by a schedule although none comes: a line for a person each, with its place. What
 * several of them inherit from one place is idle when it is for all of them.
 *
 * @param mirrored each has what is in effect for one mirror
 */
export function idleScheduleSettings(mirrored: readonly ((key: string) => Resolved)[]): string[] {
  return IDLE_WITHOUT.flatMap(({ key, needs, why }) => {
    const asked = mirrored.map((get) => ({
      ...get(key),
      isIdle: needs.every((one) => get(one).text === ''),
    }));
    const busy = new Set(asked.filter(({ isIdle }) => !isIdle).map(({ source }) => source));
    const idle = asked.filter(({ text, source }) => isAsking(text) && !busy.has(source));
    return [...new Set(idle.map(({ source }) => `${source} does nothing: ${why}.`))];
  });
}

/** A duration of nothing asks for nothing, as "no" does. */
function isAsking(text: string): boolean {
  return text === 'yes' || Number.parseFloat(text) > 0;
}

function zoneOf({ text, source }: Resolved): string {
  if (text === '' || isTimeZone(text)) return text;
  throw new UserError(
    'BAD_TIME_ZONE',
    `${source}: "${text}" is no time zone that this machine knows.`,
    'Write a name like Europe/Berlin, Asia/Shanghai or UTC.',
  );
}

function dueTimesOf({ text, source }: Resolved, timeZone: string): DueTimes | undefined {
  if (text === '') return undefined;
  const cron = WORDS[text.trim().toLowerCase()] ?? text;
  const after = cronFor(cron, timeZone, (why) => {
    throw new UserError(
      'BAD_SCHEDULE',
      `${source}: "${text}" is no schedule (${why}).`,
      'Write minute, hour, day, month and weekday, like "0 3 * * *", six fields with seconds in front, or hourly, daily, weekly or monthly.',
    );
  });
  if (after(FROM_MS) !== undefined) return { id: `${cron} ${timeZone}`.trim(), after };
  throw new UserError('NEVER_DUE', `${source}: "${text}" never comes.`, 'Look at its day and month.');
}

function windowsOf({ text, source }: Resolved, timeZone: string): ScheduleRules['windows'] {
  if (text === '') return [];
  try {
    return readWindows(text).map(({ opens, closes }) => ({
      opensAfter: readCron(opens, timeZone),
      closesAfter: readCron(closes, timeZone),
    }));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new UserError(
      'BAD_WINDOW',
      `${source}: ${error.message}.`,
      'Write the hours in which something may be transferred, like 23:00-07:00; several with commas between them.',
    );
  }
}

function cronFor(text: string, timeZone: string, refuse: (why: string) => never): NextAfter {
  try {
    return readCron(text, timeZone);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return refuse(error.message);
  }
}
