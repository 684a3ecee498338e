import { expect, test } from 'vitest';
import { createChokidarWatcher } from './chokidar-watcher.ts';
import { chooseWatcher } from './choose-watcher.ts';
import { createNativeWatcher } from './native-watcher.ts';

test('auto is the native watcher on Linux and chokidar elsewhere', () => {
  expect(chooseWatcher('auto', 'linux')).toBe(createNativeWatcher);
  expect(chooseWatcher('auto', 'darwin')).toBe(createChokidarWatcher);
  expect(chooseWatcher('auto', 'win32')).toBe(createChokidarWatcher);
});

test('a watcher asked for by name is given, or refused with the reason', () => {
  expect(chooseWatcher('native', 'linux')).toBe(createNativeWatcher);
  expect(chooseWatcher('chokidar', 'linux')).toBe(createChokidarWatcher);
  expect(() => chooseWatcher('native', 'win32')).toThrow('works on Linux only');
});
