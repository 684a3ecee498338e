/** The settings that say how fast the work is done. docs/CONFIG.md explains every one; a test holds the two together. */
import type { Setting } from './setting.ts';

const BANDWIDTH = {
  key: 'BwLimit',
  flag: 'bw-limit',
  kind: { type: 'bandwidth' },
  default: 'off',
  isLive: true,
  isOnEachLevel: true,
} as const;

const CPU_LIMIT: Setting = {
  key: 'CpuLimit',
  flag: 'cpu-limit',
  kind: { type: 'number', min: 0, max: 6400 },
  default: '0',
  help: 'percent of one core for the bulk of the work; 0 is no limit',
  isLive: true,
  isProgramWide: true,
};

const IO_PRIORITY: Setting = {
  key: 'IoPriority',
  flag: 'io-priority',
  kind: { type: 'choice', of: ['normal', 'low'] },
  default: 'normal',
  help: 'low lets other programs go first at the disk and the processor',
  isProgramWide: true,
};

export const SERVER_SPEED_SETTINGS: readonly Setting[] = [
  { ...BANDWIDTH, help: 'bytes a second for the contents sent to all mirrors, like 10M, or a timetable' },
  CPU_LIMIT,
  IO_PRIORITY,
];

export const CLIENT_SPEED_SETTINGS: readonly Setting[] = [
  { ...BANDWIDTH, help: 'bytes a second that are received, like 10M, or a timetable' },
  {
    key: 'Priority',
    flag: 'priority',
    kind: { type: 'patterns' },
    default: '',
    help: 'files that are fetched first: gitignore patterns, with commas between them',
    isLive: true,
  },
  {
    key: 'Order',
    flag: 'order',
    kind: { type: 'choice', of: ['none', 'smallest', 'newest', 'name'] },
    default: 'none',
    help: 'which of many files are fetched first',
    isLive: true,
  },
  CPU_LIMIT,
  IO_PRIORITY,
];
