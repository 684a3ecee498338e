/** Every setting of the client: the section [Client]. docs/CONFIG.md explains them one by one. */
import { PROGRAM_SETTINGS } from './program-settings.ts';
import type { Setting } from './setting.ts';

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
  },
  {
    key: 'ServerRoot',
    flag: 'server-root',
    // A path of the other machine: only the server can say what it means.
    kind: { type: 'text' },
    default: '',
    help: 'folder inside MonitorDir to mirror; empty for all of it',
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
  {
    key: 'MaxWorkers',
    flag: 'max-workers',
    kind: { type: 'number', min: 1, max: 20 },
    default: '5',
    help: 'operations at the same time',
    isLive: true,
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
  {
    key: 'TrashDir',
    flag: 'trash-dir',
    kind: { type: 'path' },
    default: '',
    help: 'folder for the trash; if empty, inside the target',
  },
  {
    key: 'Timeout',
    flag: 'timeout',
    kind: { type: 'number', min: 1, max: 86_400 },
    default: '30',
    help: 'seconds after which sync gives up on an absent server',
  },
  ...PROGRAM_SETTINGS,
];
