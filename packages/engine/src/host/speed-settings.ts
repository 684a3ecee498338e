/** The settings that say how fast the work is done. docs/CONFIG.md explains every one; a test holds the two together. */
import type { Setting } from './setting.ts';

const BANDWIDTH = {
  key: 'BwLimit',
  flag: 'bw-limit',
  kind: { type: 'bandwidth' },
  default: 'off',
  isLive: true,
} as const;

export const SERVER_SPEED_SETTINGS: readonly Setting[] = [
  // One line, which all shares have together.
  {
    ...BANDWIDTH,
    isProgramWide: true,
    help: 'bytes a second for the contents sent to all mirrors, like 10M, or a timetable',
  },
];

export const CLIENT_SPEED_SETTINGS: readonly Setting[] = [
  { ...BANDWIDTH, help: 'bytes a second that are received, like 10M, or a timetable' },
];
