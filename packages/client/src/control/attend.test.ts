import { readConfiguration } from '@lanmirror/engine/host';
import { expect, test } from 'vitest';
import { deleteRuleOf } from './attend.ts';

const configuration = readConfiguration({
  ...{ section: 'Client', config: '/dev/null', env: {}, cwd: '/' },
  flags: { 'delete-never': '*.raw' },
});

test.each([
  ['linux', false],
  ['darwin', true],
  ['win32', true],
] as const)('what is never deleted is named with the letters of the system: %s', (platform, isFolded) => {
  const { never } = deleteRuleOf(configuration, platform);
  expect(never.isExcluded('a.raw', 'file')).toBe(true);
  expect(never.isExcluded('A.RAW', 'file')).toBe(isFolded);
});
