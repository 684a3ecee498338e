/**
 * The settings that say what of a folder is mirrored. docs/CONFIG.md explains every one; a test holds the two together.
 * All take effect while it runs: a share is opened anew with other ones, and a mirror knows all that they are about.
 */
import type { Setting } from './setting.ts';

export const FILTER_SETTINGS: readonly Setting[] = [
  {
    key: 'Exclude',
    flag: 'exclude',
    kind: { type: 'patterns' },
    default: '',
    help: 'what is left out: gitignore patterns, with commas between them',
    isLive: true,
  },
  {
    key: 'Include',
    flag: 'include',
    kind: { type: 'patterns' },
    default: '',
    help: 'what of that is taken all the same',
    isLive: true,
  },
  {
    key: 'ExcludeFrom',
    flag: 'exclude-from',
    kind: { type: 'path' },
    default: '',
    help: 'file with patterns of what is left out, like a .gitignore',
    isLive: true,
  },
  {
    key: 'Extensions',
    flag: 'extensions',
    kind: { type: 'extensions' },
    default: '',
    help: 'only files with these extensions are taken, like mkv, mp4',
    isLive: true,
  },
  {
    key: 'ExcludeExtensions',
    flag: 'exclude-extensions',
    kind: { type: 'extensions' },
    default: '',
    help: 'files with these extensions are left out, like tmp, part',
    isLive: true,
  },
  {
    key: 'MinSize',
    flag: 'min-size',
    kind: { type: 'size' },
    default: '0',
    help: 'smaller files are left out; 0 is no limit',
    isLive: true,
  },
  {
    key: 'MaxSize',
    flag: 'max-size',
    kind: { type: 'size' },
    default: '0',
    help: 'larger files are left out; 0 is no limit',
    isLive: true,
  },
];
