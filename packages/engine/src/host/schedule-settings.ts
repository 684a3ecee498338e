/** The settings that say when something is done. docs/CONFIG.md explains every one; a test holds the two together. */
import type { Setting } from './setting.ts';

const YES_OR_NO = { type: 'choice', of: ['yes', 'no'] } as const;

export const SCHEDULE_SETTINGS: readonly Setting[] = [
  {
    key: 'Live',
    flag: 'live',
    kind: YES_OR_NO,
    default: 'yes',
    help: 'stay connected and mirror every change at once; no: only in runs',
    isLive: true,
  },
  {
    key: 'Schedule',
    flag: 'schedule',
    kind: { type: 'text' },
    default: '',
    help: 'times of runs: cron fields like "0 3 * * *", or hourly, daily, weekly, monthly',
    isLive: true,
  },
  {
    key: 'TimeZone',
    flag: 'time-zone',
    kind: { type: 'text' },
    default: '',
    help: 'zone of all these times, like Europe/Berlin; if empty, that of the machine',
    isLive: true,
  },
  {
    key: 'Jitter',
    flag: 'jitter',
    kind: { type: 'duration' },
    default: '0s',
    help: 'runs begin later by up to this, always by the same time on one machine',
    isLive: true,
  },
  {
    key: 'SyncOnStart',
    flag: 'sync-on-start',
    kind: YES_OR_NO,
    default: 'no',
    help: 'one run right after a start',
    isLive: true,
  },
  {
    key: 'RunMissed',
    flag: 'run-missed',
    kind: YES_OR_NO,
    default: 'no',
    help: 'one run for the times that were missed while the machine was off',
    isLive: true,
  },
  {
    key: 'Window',
    flag: 'window',
    kind: { type: 'text' },
    default: '',
    help: 'hours in which something may be transferred, like 23:00-07:00',
    isLive: true,
  },
  {
    key: 'VerifySchedule',
    flag: 'verify-schedule',
    kind: { type: 'text' },
    default: '',
    help: 'times at which every content here is compared, written like Schedule',
    isLive: true,
  },
  {
    key: 'VerifyRepair',
    flag: 'verify-repair',
    kind: YES_OR_NO,
    default: 'no',
    help: 'what that finds to be wrong is put right',
    isLive: true,
  },
];
