/** Every setting of the server: the section [Server]. docs/CONFIG.md explains them one by one. */
import { FILTER_SETTINGS } from './filter-settings.ts';
import { IGNORE_SETTINGS } from './ignore-settings.ts';
import { PROGRAM_SETTINGS } from './program-settings.ts';
import { type Setting, YES_OR_NO } from './setting.ts';
import { SERVER_SPEED_SETTINGS } from './speed-settings.ts';
import { WATCH_SETTINGS } from './watch-settings.ts';

export const SERVER_SETTINGS: readonly Setting[] = [
  {
    key: 'MonitorDir',
    flag: 'monitor-dir',
    kind: { type: 'path' },
    default: '',
    help: 'folder to publish; of several each has a section [Share NAME] in the INI',
    isRequired: true,
    isOwn: true,
    isBelowBase: true,
  },
  {
    key: 'BindIP',
    flag: 'bind-ip',
    kind: { type: 'text' },
    default: '0.0.0.0',
    help: 'address to listen on',
    isProgramWide: true,
  },
  {
    key: 'Port',
    flag: 'port',
    kind: { type: 'number', min: 0, max: 65_535 },
    default: '8080',
    help: 'port to listen on; 0 takes a free one',
    isProgramWide: true,
  },
  ...WATCH_SETTINGS,
  {
    key: 'HashIdle',
    flag: 'hash-idle',
    kind: YES_OR_NO,
    default: 'yes',
    help: 'read all files once in the background, for the fingerprint',
  },
  {
    key: 'ScrubDays',
    flag: 'scrub-days',
    kind: { type: 'number', min: 0, max: 36_500 },
    default: '30',
    help: 'days between two slow readings of all files here, to find what a disk lost; 0 is never',
    isLive: true,
  },
  {
    key: 'Keys',
    // Not `keys`: somebody who mistypes the variable of the key must not have it in a message.
    flag: 'share-keys',
    kind: { type: 'text' },
    default: '',
    help: 'names of the keys that may mirror it, with commas between them; empty for all',
  },
  ...FILTER_SETTINGS,
  // A share is opened anew with other ones, and the server goes on.
  ...IGNORE_SETTINGS.map((setting) => ({ ...setting, isLive: true })),
  ...SERVER_SPEED_SETTINGS,
  // One key, name and state for all shares: there is one port.
  ...PROGRAM_SETTINGS.map((setting) => ({ ...setting, isProgramWide: true })),
];
