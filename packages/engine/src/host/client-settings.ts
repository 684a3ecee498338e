/** Every setting of the client: the section [Client]. docs/CONFIG.md explains them one by one. */
import { AGE_SETTINGS } from './age-settings.ts';
import { CLEAN_SETTINGS } from './clean-settings.ts';
import { COMPARE_SETTING } from './compare-setting.ts';
import { DELETION_SETTINGS } from './deletion-settings.ts';
import { FILTER_SETTINGS } from './filter-settings.ts';
import { PROGRAM_SETTINGS } from './program-settings.ts';
import { SCHEDULE_SETTINGS } from './schedule-settings.ts';
import type { Setting } from './setting.ts';
import { SOURCE_SETTINGS } from './source-settings.ts';
import { CLIENT_SPEED_SETTINGS } from './speed-settings.ts';

export const CLIENT_SETTINGS: readonly Setting[] = [
  {
    key: 'ServerIP',
    flag: 'server-ip',
    kind: { type: 'text' },
    default: '127.0.0.1',
    help: 'address or name of the server',
  },
  {
    key: 'ServerPort',
    flag: 'server-port',
    kind: { type: 'number', min: 1, max: 65_535 },
    default: '8080',
    help: 'port of the server',
  },
  {
    key: 'TargetDir',
    flag: 'target-dir',
    kind: { type: 'path' },
    default: '',
    help: 'folder to keep identical',
    isRequired: true,
    isOwn: true,
    isBelowBase: true,
  },
  {
    key: 'ServerRoot',
    flag: 'server-root',
    // A path of the other machine: only the server can say what it means.
    kind: { type: 'text' },
    default: '',
    help: 'folder inside MonitorDir to mirror; empty for all of it',
  },
  ...SOURCE_SETTINGS,
  ...CLEAN_SETTINGS,
  {
    key: 'Share',
    flag: 'share',
    kind: { type: 'text' },
    default: '',
    help: 'share of the server to mirror; empty for the one without a name',
  },
  {
    key: 'SyncMode',
    flag: 'mode',
    kind: { type: 'choice', of: ['incremental', 'full'] },
    default: 'incremental',
    help: 'full sends everything again, once per start',
  },
  {
    key: 'Links',
    flag: 'links',
    kind: { type: 'choice', of: ['keep', 'safe', 'skip'] },
    default: 'keep',
    help: 'symbolic links: all as they are, only those that stay inside, or none',
  },
  ...FILTER_SETTINGS,
  ...AGE_SETTINGS,
  COMPARE_SETTING,
  {
    key: 'ModifyWindow',
    flag: 'modify-window',
    kind: { type: 'number', min: 0, max: 86_400_000 },
    default: '0',
    help: 'milliseconds by which times may differ when files that stand here already are taken over',
  },
  {
    key: 'MaxWorkers',
    flag: 'max-workers',
    kind: { type: 'number', min: 1, max: 20, isAutoAllowed: true },
    default: '5',
    help: 'operations at the same time',
    isLive: true,
  },
  {
    key: 'TargetKind',
    flag: 'target-kind',
    kind: { type: 'choice', of: ['auto', 'local', 'network'] },
    default: 'auto',
    help: 'a disk of this machine, or a network drive: fewer workers, and fewer still while it fails',
  },
  {
    key: 'Durability',
    flag: 'durability',
    kind: { type: 'choice', of: ['checkpoint', 'strict', 'none'] },
    default: 'checkpoint',
    help: 'when what was written is flushed to the disk',
  },
  {
    key: 'HoldPercent',
    flag: 'hold-percent',
    kind: { type: 'number', min: 0, max: 100 },
    default: '50',
    help: 'deletes of more than this percentage of the entries wait for a person',
    isLive: true,
  },
  {
    key: 'HoldMin',
    flag: 'hold-min',
    kind: { type: 'number', min: 1, max: 1_000_000_000 },
    default: '100',
    help: 'fewer deletes than this never wait',
    isLive: true,
  },
  ...DELETION_SETTINGS,
  {
    key: 'CheckHours',
    flag: 'check-hours',
    kind: { type: 'number', min: 0, max: 500 },
    default: '24',
    help: 'hours after which the whole target is looked at again; 0 is never',
    isLive: true,
  },
  {
    key: 'TrashDir',
    flag: 'trash-dir',
    kind: { type: 'path' },
    default: '',
    help: 'folder for the trash; if empty, inside the target',
  },
  {
    key: 'TrashDays',
    flag: 'trash-days',
    kind: { type: 'number', min: 0, max: 36_500 },
    default: '30',
    help: 'days after which the trash is emptied; 0 is never',
    isLive: true,
  },
  {
    key: 'TrashMaxSize',
    flag: 'trash-max-size',
    kind: { type: 'size' },
    default: '0',
    help: 'above this, like 20G, the oldest days of the trash go; 0 is no limit',
    isLive: true,
  },
  {
    key: 'TrashMinFree',
    flag: 'trash-min-free',
    kind: { type: 'size', isAutoAllowed: true },
    default: 'auto',
    help: 'with less room than this on its disk, like 2G, the oldest of the trash goes; 0 is never',
    isLive: true,
  },
  {
    key: 'MinFreeSpace',
    flag: 'min-free-space',
    kind: { type: 'size', isAutoAllowed: true },
    default: 'auto',
    help: 'no file is begun that would leave less room than this, like 2G, on the target; 0 is no limit',
    isLive: true,
  },
  {
    key: 'HistoryDays',
    flag: 'history-days',
    kind: { type: 'number', min: 0, max: 36_500 },
    default: '30',
    help: 'days for which it is remembered what happened; 0 is not at all',
    isLive: true,
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
    key: 'Timeout',
    flag: 'timeout',
    kind: { type: 'number', min: 1, max: 86_400 },
    default: '30',
    help: 'seconds after which sync gives up on an absent server',
  },
  ...SCHEDULE_SETTINGS,
  ...CLIENT_SPEED_SETTINGS,
  // Each job remembers for itself.
  ...PROGRAM_SETTINGS.map((setting) => (setting.key === 'StateDir' ? { ...setting, isOwn: true } : setting)),
  {
    key: 'KeyName',
    flag: 'key-name',
    kind: { type: 'text' },
    default: 'default',
    help: 'name that the server has for the key',
  },
];
