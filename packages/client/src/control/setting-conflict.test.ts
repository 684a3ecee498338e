import { CLIENT_SETTINGS, readConfiguration } from '@lanmirror/engine/host';
import { expect, test } from 'vitest';
import { passSettings, settingConflicts } from './setting-conflict.ts';

const read = (flags: Record<string, string>) =>
  readConfiguration({ section: 'Client', config: '/dev/null', flags, env: {}, cwd: '/' });
const running = (flags: Record<string, string>) => {
  const configuration = read(flags);
  return passSettings(CLIENT_SETTINGS, ({ key }) => configuration.text(key));
};

test('the same settings are no conflict, however each was given', () => {
  expect(settingConflicts(CLIENT_SETTINGS, read({ links: 'KEEP' }), running({}))).toEqual([]);
});

test('what is mirrored, from where and how is compared, also where one side leaves it at its default', () => {
  const different = [
    { 'server-ip': 'nas' },
    { 'server-port': '9' },
    { 'server-root': 'a' },
    { links: 'skip' },
    { durability: 'strict' },
    { 'trash-dir': '/t' },
  ];
  for (const flags of different) {
    expect(settingConflicts(CLIENT_SETTINGS, read(flags), running({}))).toHaveLength(1);
    expect(settingConflicts(CLIENT_SETTINGS, read({}), running(flags))).toHaveLength(1);
  }
});

test('a limit is compared only where it was given', () => {
  expect(settingConflicts(CLIENT_SETTINGS, read({}), running({ 'hold-min': '5' }))).toEqual([]);
  expect(settingConflicts(CLIENT_SETTINGS, read({ 'hold-min': '6' }), running({ 'hold-min': '5' }))).toEqual([
    'HoldMin = 6 (the running client has 5)',
  ]);
});

test('where a program keeps its things, how it is called and how patient it is do not matter', () => {
  const flags = { name: 'x', 'log-level': 'error', 'state-dir': '/s', 'key-file': '/k', timeout: '9' };
  expect(settingConflicts(CLIENT_SETTINGS, read(flags), running({}))).toEqual([]);
});
