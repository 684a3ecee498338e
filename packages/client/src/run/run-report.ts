/** What is known of the runs of a mirror, as data and as lines for a person. Pure. */
import type { ComingRun, RunMemory, RunRecord, RunWhy, WindowState } from '@lanmirror/engine/core';
import { displayName, type ScheduleRules, statusLine, typedCommand, zonedTime } from '@lanmirror/engine/host';

/** Of the runs of one kind. Times are ISO 8601. */
export interface RunsOfKind {
  /** When the next begins, while one goes on by the schedule; null when none does by itself. */
  readonly next: string | null;
  /** Why one is done as soon as that is possible, at the latest then; while one goes on, right after it. Null when none is. */
  readonly owed: RunWhy | null;
  /** The one that goes on. */
  readonly running: { readonly why: RunWhy; readonly began: string } | null;
  readonly last: {
    readonly why: RunWhy;
    readonly began: string;
    readonly ended: string;
    /** The exit code of the same command; null: it was broken off. */
    readonly exit: number | null;
    readonly text: string;
  } | null;
}

export interface RunReport {
  readonly isLive: boolean;
  /** Why there is no session with the server, when none is wanted now; '' otherwise. */
  readonly rest: string;
  /** Null without one. */
  readonly window: { readonly isOpen: boolean; readonly changes: string | null } | null;
  /** Zone in which times are shown; '' for that of the machine. */
  readonly timeZone: string;
  readonly sync: RunsOfKind;
  readonly verify: RunsOfKind;
}

export const NO_RUNS: RunsOfKind = { next: null, owed: null, running: null, last: null };

/** Nothing comes by itself. */
export const NONE_COMING: ComingRun = { atMs: undefined, owed: null };

const WHY: Readonly<Record<RunWhy, string>> = {
  schedule: 'by the schedule',
  missed: 'for one that was missed',
  start: 'for the start',
  asked: 'asked for',
  repair: 'to put right what a verification found',
  halted: 'for one that a halt ended',
};

/** `by the schedule`, behind a run. */
export function whyText(why: RunWhy): string {
  return WHY[why];
}

export function runsOfKind({ running, last }: RunMemory, { atMs, owed }: ComingRun): RunsOfKind {
  return {
    next: atMs === undefined ? null : isoTime(atMs),
    owed,
    running: running && { why: running.why, began: isoTime(running.beganMs) },
    last: last && lastOf(last),
  };
}

function lastOf({ why, beganMs, endedMs, exit, text }: RunRecord): RunsOfKind['last'] {
  return { why, began: isoTime(beganMs), ended: isoTime(endedMs), exit, text };
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** Why no session is wanted now; '' when one is. */
export function restText(
  { isLive, timeZone }: Pick<ScheduleRules, 'isLive' | 'timeZone'>,
  { isOpen, changesMs }: WindowState,
  { atMs, owed }: ComingRun,
): string {
  if (!isOpen)
    return changesMs === undefined
      ? 'outside of its window, which never opens'
      : `waiting for its window, opens ${zonedTime(changesMs, timeZone)}`;
  if (isLive) return '';
  if (owed === 'halted') return 'waiting for the end of the halt, and then for a run at once';
  return atMs === undefined
    ? `waiting for "${typedCommand('lanmirror-client sync')}": no run is due`
    : `waiting for its next run, ${zonedTime(atMs, timeZone)}`;
}

/** What becomes of what a verification found and is to be put right. `isConnected`: to a source that is not halted. */
export function repairText(
  { isLive, timeZone }: Pick<ScheduleRules, 'isLive' | 'timeZone'>,
  { isOpen, changesMs }: WindowState,
  isConnected: boolean,
): string {
  if (isLive && isConnected) return 'it is being put right';
  if (isOpen)
    return isLive ? 'it is put right when it is connected again' : 'a run that puts it right comes next';
  const who = isLive ? 'it is put right' : 'a run puts it right';
  return changesMs === undefined
    ? `nothing puts it right before "${typedCommand('lanmirror-client sync')}": its window never opens`
    : `${who} when its window opens, ${zonedTime(changesMs, timeZone)}`;
}

/** Why what a person asks for now is an exception from the rules; '' when it is none. */
export function exceptionText(
  { timeZone }: Pick<ScheduleRules, 'timeZone'>,
  { isOpen, changesMs }: WindowState,
): string {
  if (isOpen) return '';
  const opens = changesMs === undefined ? 'never opens' : `opens ${zonedTime(changesMs, timeZone)}`;
  return `It is outside of its window, which ${opens}; this is done all the same, because you asked.`;
}

/** The lines of `status`; none for a mirror that is live at all hours and never had a run. */
export function runLines(report: RunReport): string[] {
  return [
    ...kindLines('Runs', report.sync, report.timeZone),
    ...windowLines(report),
    ...kindLines('Verify', report.verify, report.timeZone),
  ];
}

function windowLines({ window, timeZone }: RunReport): string[] {
  if (window === null) return [];
  const { isOpen, changes } = window;
  const when = changes === null ? '' : `, ${isOpen ? 'closes' : 'opens'} ${timeIn(changes, timeZone)}`;
  return [statusLine('Window', `${isOpen ? 'open' : 'closed'}${when}`)];
}

function kindLines(heading: string, runs: RunsOfKind, timeZone: string): string[] {
  const { running, last } = runs;
  const next = nextText(runs, timeZone);
  const parts = [
    ...(running === null
      ? []
      : [`one goes on ${WHY[running.why]}, since ${timeIn(running.began, timeZone)}`]),
    ...(next === '' ? [] : [next]),
    ...(last === null ? [] : [`last ${timeIn(last.began, timeZone)} ${WHY[last.why]}: ${endText(last)}`]),
  ];
  return parts.length === 0 ? [] : [statusLine(heading, parts.join('; '))];
}

/** '' when none comes by itself. */
function nextText({ next, owed, running }: RunsOfKind, timeZone: string): string {
  if (running !== null && owed !== null) return 'the next right after it';
  const time = next === null ? '' : timeIn(next, timeZone);
  if (owed === 'halted') return `next when the halt is over${time === '' ? '' : `, or ${time}`}`;
  return time === '' ? '' : `next ${time}`;
}

/** `in sync, after 1.2 s` */
export function endText({ text, began, ended }: NonNullable<RunsOfKind['last']>): string {
  const seconds = (Date.parse(ended) - Date.parse(began)) / 1000;
  return `${displayName(text)}${seconds > 0 ? `, after ${seconds.toFixed(1)} s` : ''}`;
}

function timeIn(iso: string, timeZone: string): string {
  return zonedTime(Date.parse(iso), timeZone);
}
