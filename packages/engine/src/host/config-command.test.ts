import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ConfigAsking, configCommand } from './config-command.ts';
import { UserError } from './user-error.ts';

let folder: string;
let ini: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-command-'));
  ini = join(folder, 'client.ini');
});

afterEach(() => rmSync(folder, { recursive: true }));

function run(text: string, more: Partial<ConfigAsking> = {}): { exit: number; lines: string[] } {
  writeFileSync(ini, text, { mode: 0o600 });
  const lines: string[] = [];
  const exit = configCommand({
    input: { section: 'Client', config: ini, flags: { 'max-workers': '7' }, env: {}, cwd: folder },
    what: 'check',
    isJson: false,
    faultsOf: () => [],
    say: (line) => lines.push(line.replaceAll(ini, 'INI')),
    ...more,
  });
  expect(readdirSync(folder)).toEqual(['client.ini']);
  return { exit, lines };
}

test('check says ok, and 0', () => {
  expect(run('[Client]\nTargetDir = t\n[Job a]\nTargetDir = u\n')).toEqual({ exit: 0, lines: ['ok'] });
});

test('check names everything that is wrong, each once with its line, and 2', () => {
  const text =
    '[Client]\nServerPort = x\nTargetDirr = 1\n[Job a]\nActive = maybe\nLogLevel = info\n[Job b]\n[Odd]\n';
  expect(run(text, { faultsOf: () => [new UserError('X', 'more.', 'Do this.')] })).toEqual({
    exit: 2,
    lines: [
      'INI line 3: unknown key TargetDirr, did you mean TargetDir?',
      'INI line 6: LogLevel is for the whole program, not for a part of it. Move it to [Client].',
      'INI line 8: unknown section Odd. Known are Server, Client, Share, Job.',
      'INI line 2, ServerPort: "x" is not a whole number from 1 to 65535.',
      'INI line 5, Active: "maybe" is not one of yes, no.',
      'more. Do this.',
    ],
  });
});

test('check names each time, window and zone that is wrong, and what never runs', () => {
  const text =
    '[Client]\nTargetDir = t\nSchedule = 0 3 * *\nWindow = 25:00-03:00\nVerifySchedule = 0 0 31 2 *\n';
  expect(run(`${text}TimeZone = Mars/X\n`).lines).toEqual([
    expect.stringContaining('line 6, TimeZone: "Mars/X" is no time zone'),
    expect.stringContaining('line 3, Schedule: "0 3 * *" is no schedule'),
    expect.stringContaining('line 5, VerifySchedule: "0 0 31 2 *" never comes'),
    expect.stringContaining('line 4, Window: '),
  ]);
  expect(run('[Client]\nTargetDir = t\nLive = no\nWindow = x\n').lines).toEqual([
    expect.stringContaining('line 4, Window: '),
    expect.stringContaining('line 3, Live: with Live = no, no Schedule'),
  ]);
});

test('a file that is no INI has one error, and nothing behind it', () => {
  expect(run('[Client\n')).toEqual({
    exit: 2,
    lines: ['INI line 1: "[Client" is not a section like [Server].'],
  });
});

test('check --json is one object', () => {
  const { exit, lines } = run('[Client]\nLinks = no\n', { isJson: true });
  expect(exit).toBe(2);
  expect(JSON.parse(lines.join())).toMatchObject({
    isOk: false,
    errors: [{ code: 'BAD_CHOICE' }],
    warnings: [],
  });
});

test('show says every value with its place, and no secret', () => {
  const { exit, lines } = run(
    '[Client]\nKey = hush\nLinks = skip\n[Job My films]\nTargetDir = t\nLinks = safe\n',
    {
      what: 'show',
    },
  );
  expect(exit).toBe(0);
  expect(lines.slice(0, 7)).toEqual([
    '[Client]',
    'BwLimit = off  # default',
    'CpuLimit = 0  # default',
    'IoPriority = normal  # default',
    'LogLevel = info  # default',
    'BaseDir =  # default',
    '[Job My films]',
  ]);
  expect(lines).toContain('MaxWorkers = 7  # --max-workers');
  expect(lines).toContain('Links = safe  # INI line 6, Links');
  expect(lines).toContain(`TargetDir = ${join(folder, 't')}  # INI line 5, TargetDir`);
  expect(lines).toContain('Key = (secret)  # INI line 2, Key');
  expect(lines.join()).not.toContain('hush');
});

test('show --json holds the same', () => {
  const { lines } = run('[Client]\nTargetDir = t\n', { what: 'show', isJson: true });
  const shown = JSON.parse(lines.join());
  expect(shown.parts).toEqual([]);
  expect(shown.values).toContainEqual({ key: 'MaxWorkers', value: '7', source: '--max-workers' });
});

test('another word is refused', () => {
  expect(() => run('', { what: 'chek' })).toThrow('"config chek" is unknown.');
});

test('show says all values of the share without a name, where there is one beside those with names', () => {
  const server = { section: 'Server', config: ini, flags: {}, env: {}, cwd: folder } as const;
  const linesOf = (own: string): string[] =>
    run(`[Server]\n${own}Watch = poll\n[Share films]\nMonitorDir = f\n`, { what: 'show', input: server })
      .lines;
  const both = linesOf('MonitorDir = t\n');
  const ownLines = both.slice(0, both.indexOf('[Share films]'));
  expect(ownLines).toContain(`MonitorDir = ${join(folder, 't')}  # INI line 2, MonitorDir`);
  expect(ownLines).toContain('Watch = poll  # INI line 3, Watch');
  const named = linesOf('');
  expect(named.slice(0, named.indexOf('[Share films]')).join()).not.toMatch(/Watch|MonitorDir/);
});
