/** What is known of the runs of a mirror, as data and as lines for a person. Pure. */
import type { RunMemory, RunRecord, RunWhy, WindowState } from '@lanmirror/engine/core';
import { displayName, type ScheduleRules, statusLine, typedCommand, zonedTime } from '@lanmirror/engine/host';

/** Of the runs of one kind. Times are ISO 8601. */
export interface RunsOfKind {
  /** When the next begins; null when none does by itself. */
  readonly next: string | null;
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

export const NO_RUNS: RunsOfKind = { next: null, running: null, last: null };

const WHY: Readonly<Record<RunWhy, string>> = {
  schedule: 'by the schedule',
  missed: 'for one that was missed',
  start: 'for the start',
  asked: 'asked for',
};

/** `by the schedule`, behind a run. */
export function whyText(why: RunWhy): string {
  return WHY[why];
}

export function runsOfKind({ running, last }: RunMemory, nextMs: number | undefined): RunsOfKind {
  return {
    next: nextMs === undefined ? null : isoTime(nextMs),
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
  nextMs: number | undefined,
): string {
  if (!isOpen)
    return changesMs === undefined
      ? 'outside of its window, which never opens'
      : `waiting for its window, opens ${zonedTime(changesMs, timeZone)}`;
  if (isLive) return '';
  return nextMs === undefined
    ? `waiting for "${typedCommand('lanmirror-client sync')}": no run is due`
    : `waiting for its next run, ${zonedTime(nextMs, timeZone)}`;
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

function kindLines(heading: string, { next, running, last }: RunsOfKind, timeZone: string): string[] {
  const parts = [
    ...(running === null
      ? []
      : [`one goes on ${WHY[running.why]}, since ${timeIn(running.began, timeZone)}`]),
    ...(next === null ? [] : [`next ${timeIn(next, timeZone)}`]),
    ...(last === null ? [] : [`last ${timeIn(last.began, timeZone)} ${WHY[last.why]}: ${pastText(last)}`]),
  ];
  return parts.length === 0 ? [] : [statusLine(heading, parts.join('; '))];
}

/** `in sync, after 1.2 s` */
export function endText({ text, began, ended }: NonNullable<RunsOfKind['last']>): string {
  const seconds = (Date.parse(ended) - Date.parse(began)) / 1000;
  return seconds > 0
    ? `${displayName(text.replace(/\.$/, ''))}, after ${seconds.toFixed(1)} s`
    : displayName(text);
}

/** The same of a run of the past: what it met may be over, and is no alarm here. */
function pastText(last: NonNullable<RunsOfKind['last']>): string {
  if (last.text.startsWith('HELD: ')) return endText({ ...last, text: 'deletions waited for a yes then' });
  return endText({ ...last, text: last.text.replace(/^HALTED: (.*?)\.?$/s, 'it was halted then ($1)') });
}

function timeIn(iso: string, timeZone: string): string {
  return zonedTime(Date.parse(iso), timeZone);
}
