import { expect, test } from 'vitest';
import { planWatch } from './choose-watcher.ts';

test('auto is the native watcher on Linux and chokidar elsewhere', () => {
  expect(planWatch('auto', 'linux', undefined)).toEqual({ events: 'native', looks: 'gaps' });
  expect(planWatch('auto', 'darwin', undefined)).toEqual({ events: 'chokidar', looks: 'gaps' });
  expect(planWatch('auto', 'win32', undefined)).toEqual({ events: 'chokidar', looks: 'gaps' });
});

test('auto hears what it can on a remote file system, and looks through all of it', () => {
  expect(planWatch('auto', 'linux', 'NFS')).toEqual({ events: 'native', looks: 'all' });
});

test('a watcher asked for by name is given wherever the tree lies, or refused with the reason', () => {
  expect(planWatch('native', 'linux', 'NFS')).toEqual({ events: 'native', looks: 'gaps' });
  expect(planWatch('chokidar', 'linux', undefined)).toEqual({ events: 'chokidar', looks: 'gaps' });
  for (const platform of ['linux', 'win32'] as const)
    expect(planWatch('poll', platform, undefined)).toEqual({ events: 'none', looks: 'all' });
  expect(() => planWatch('native', 'win32', undefined)).toThrow('works on Linux only');
});
