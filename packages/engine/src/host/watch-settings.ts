/** The settings that say how changes of a folder are noticed, whoever publishes it. docs/CONFIG.md explains both. */
import type { Setting } from './setting.ts';

export const WATCH_SETTINGS: readonly Setting[] = [
  {
    key: 'Watch',
    flag: 'watch',
    kind: { type: 'choice', of: ['auto', 'native', 'chokidar', 'poll'] },
    default: 'auto',
    help: 'how changes of the source are noticed',
  },
  {
    key: 'PollSeconds',
    flag: 'poll-seconds',
    kind: { type: 'number', min: 1, max: 86_400 },
    default: '30',
    help: 'seconds between two looks through a source that tells of no changes',
  },
];
