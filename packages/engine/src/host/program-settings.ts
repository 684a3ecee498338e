/**
 * Every setting of both programs. docs/CONFIG.md explains them one by one; a test holds the two together.
 */
import type { Setting } from './setting.ts';

const PORT = { type: 'number', min: 1, max: 65_535 } as const;
const TEXT = { type: 'text' } as const;
const PATH = { type: 'path' } as const;

const COMMON: readonly Setting[] = [
  { key: 'KeyFile', flag: 'key-file', kind: PATH, default: '', help: 'file that holds the key' },
  { key: 'Key', flag: 'key', kind: TEXT, default: '', help: 'the key itself; better in a file', isSecret: true },
  { key: 'StateDir', flag: 'state-dir', kind: PATH, default: '', help: 'folder for what the program remembers' },
  { key: 'Name', flag: 'name', kind: TEXT, default: '', help: 'name shown to the other end; the host name by default' },
  {
    key: 'LogLevel',
    flag: 'log-level',
    kind: { type: 'choice', of: ['error', 'warn', 'info', 'debug'] },
    default: 'info',
    help: 'how much is told',
  },
];

export const SERVER_SETTINGS: readonly Setting[] = [
  { key: 'MonitorDir', flag: 'monitor-dir', kind: PATH, default: '', help: 'folder to publish' },
  { key: 'BindIP', flag: 'bind-ip', kind: TEXT, default: '0.0.0.0', help: 'address to listen on' },
  { key: 'Port', flag: 'port', kind: { ...PORT, min: 0 }, default: '8080', help: 'port to listen on; 0 takes a free one' },
  {
    key: 'Watch',
    flag: 'watch',
    kind: { type: 'choice', of: ['auto', 'native', 'chokidar'] },
    default: 'auto',
    help: 'how changes are noticed',
  },
  ...COMMON,
];

export const CLIENT_SETTINGS: readonly Setting[] = [
  { key: 'ServerIP', flag: 'server-ip', kind: TEXT, default: '127.0.0.1', help: 'address or name of the server' },
  { key: 'ServerPort', flag: 'server-port', kind: PORT, default: '8080', help: 'port of the server' },
  { key: 'TargetDir', flag: 'target-dir', kind: PATH, default: '', help: 'folder to keep identical' },
  {
    key: 'ServerRoot',
    flag: 'server-root',
    kind: TEXT,
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
    key: 'MaxWorkers',
    flag: 'max-workers',
    kind: { type: 'number', min: 1, max: 20 },
    default: '5',
    help: 'operations at the same time',
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
    help: 'deletions of more than this share of the entries wait for a person',
  },
  {
    key: 'HoldMin',
    flag: 'hold-min',
    kind: { type: 'number', min: 1, max: 1_000_000_000 },
    default: '100',
    help: 'fewer deletions than this never wait',
  },
  { key: 'TrashDir', flag: 'trash-dir', kind: PATH, default: '', help: 'where the trash is, if not in the target' },
  {
    key: 'Timeout',
    flag: 'timeout',
    kind: { type: 'number', min: 1, max: 86_400 },
    default: '30',
    help: 'seconds after which sync gives up on an absent server',
  },
  ...COMMON,
];

/** Sections of an INI. One file may hold both. */
export const SECTIONS: Readonly<Record<string, readonly Setting[]>> = {
  Server: SERVER_SETTINGS,
  Client: CLIENT_SETTINGS,
};
