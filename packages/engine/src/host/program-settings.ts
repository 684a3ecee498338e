/** The settings that server and client both have. docs/CONFIG.md explains every one; a test holds the two together. */
import type { Setting } from './setting.ts';

export const PROGRAM_SETTINGS: readonly Setting[] = [
  { key: 'KeyFile', flag: 'key-file', kind: { type: 'path' }, default: '', help: 'file that holds the key' },
  {
    key: 'Key',
    flag: 'key',
    kind: { type: 'text' },
    default: '',
    help: 'the key itself; better in a file',
    isSecret: true,
  },
  {
    key: 'StateDir',
    flag: 'state-dir',
    kind: { type: 'path' },
    default: '',
    help: 'folder for what the program remembers',
  },
  {
    key: 'Name',
    flag: 'name',
    kind: { type: 'text' },
    default: '',
    help: 'name shown to the other end; if empty, the host name',
    isEmptyMeant: true,
  },
  {
    key: 'LogLevel',
    flag: 'log-level',
    kind: { type: 'choice', of: ['error', 'warn', 'info', 'debug'] },
    default: 'info',
    help: 'how much is told',
    isLive: true,
    isProgramWide: true,
  },
  {
    key: 'BaseDir',
    flag: 'base-dir',
    kind: { type: 'path' },
    default: '',
    help: 'where relative folders of the INI begin; if empty, at the INI',
    isProgramWide: true,
  },
];
