import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCleanSettings } from './clean-settings.ts';
import { readConfiguration } from './configuration.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lanmirror-clean-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const read = (ini: string, flags: Record<string, string> = {}) => {
  const config = join(dir, 'client.ini');
  writeFileSync(config, ini);
  return readConfiguration({ section: 'Client', config, flags, env: {}, cwd: dir });
};
const rule = (lines: string) => readCleanSettings(read(`[Client]\nSource = /films\n${lines}\n`).get);
const DAY_MS = 24 * 3_600_000;

test('nothing is cleaned unless it is asked for; 0 is at once, and days are days', () => {
  expect(rule('')).toBeUndefined();
  expect(rule('CleanSource = no')).toBeUndefined();
  expect(rule('CleanSource = 0')).toEqual({
    ...{ afterMs: 0, from: 'synced', folderLevels: 0, takesLeftOut: false, text: 'CleanSource = 0' },
  });
  expect(rule('CleanSource = After 0 days')?.afterMs).toBe(0);
  expect(rule('CleanSource = after 1 day\nCleanSourceFrom = created\nCleanSourceFolders = 2')).toEqual({
    ...{ afterMs: DAY_MS, from: 'created', folderLevels: 2, takesLeftOut: false },
    text: 'CleanSource = after 1 day, CleanSourceFrom = created, CleanSourceFolders = 2',
  });
});

test.each(['yes', '1', '-1', 'after 40000 days', 'after two days', 'after 1 week', '0 days'])(
  'CleanSource = %s means nothing, and is refused with its line',
  (text) => {
    expect(() => rule(`CleanSource = ${text}`)).toThrow(
      /line 3, CleanSource: ".*" is none of no, 0 and after N days/,
    );
  },
);

test('a rule without a Source is refused with its line', () => {
  expect(() => read('[Client]\nServerIP = nas\nCleanSource = 0\n')).toThrow(
    /line 3, CleanSource.* no Source is given/,
  );
  expect(() => read('[Client]\n[Job a]\nTargetDir = /a\nCleanSource = 0\n')).toThrow(/line 4, /);
});

const IDLE = ['CleanSourceFrom = created', 'CleanSourceFolders = 1', 'CleanSourceNonEmpty = yes'];
test.each(IDLE)(
  '%s beside CleanSource = no, or alone, is a warning with its line and never a refusal',
  (line) => {
    const key = line.split(' ')[0];
    const { get, warnings } = read(`[Client]\nSource = /films\nCleanSource = no\n${line}\n`);
    expect(readCleanSettings(get)).toBeUndefined();
    expect(warnings).toEqual([
      expect.stringMatching(new RegExp(`line 4, ${key} does nothing: .* line 3, CleanSource is "no"\\.$`)),
    ]);
    const alone = [expect.stringMatching(/line 3, .* does nothing: no CleanSource is given\.$/)];
    expect(read(`[Client]\nSource = /films\n${line}\n`).warnings).toEqual(alone);
    expect(read(`[Client]\nServerIP = nas\n${line}\n`).warnings).toEqual(alone);
    const job = `[Client]\n[Job a]\nTargetDir = /a\nSource = /s\nCleanSource = no\n${line}\n`;
    expect(read(job).warnings).toEqual([expect.stringMatching(/line 6, /)]);
  },
);

test('a rule that is in effect warns of nothing that goes with it', () => {
  expect(read(`[Client]\nSource = /films\nCleanSource = 0\n${IDLE.join('\n')}\n`).warnings).toEqual([]);
});

test('what would not be durable is refused, with both lines', () => {
  expect(() => rule('CleanSource = 0\nDurability = none')).toThrow(
    /line 3, CleanSource .* line 4, Durability/,
  );
});

test('no job inherits it: what [Client] says is for the one mirror', () => {
  const ini =
    '[Client]\n[Job a]\nTargetDir = /a\nSource = /s\n[Job b]\nTargetDir = /b\nSource = /t\nCleanSource = 0\n';
  const texts = read(ini, { 'clean-source': 'after 3 days' }).parts.map(
    ({ get }) => readCleanSettings(get)?.text,
  );
  expect(texts).toEqual([undefined, 'CleanSource = 0']);
});

test('CleanSourceNonEmpty takes folders with what rules leave out, and is refused with its line where no folder goes', () => {
  const text = 'CleanSource = 0\nCleanSourceFolders = 1\nCleanSourceNonEmpty = yes';
  expect(rule(text)).toMatchObject({
    ...{ takesLeftOut: true },
    text: 'CleanSource = 0, CleanSourceFolders = 1, CleanSourceNonEmpty = yes',
  });
  expect(() => rule('CleanSource = 0\nCleanSourceNonEmpty = yes')).toThrow(
    /line 4, CleanSourceNonEmpty .* CleanSourceFolders is 0/,
  );
});
