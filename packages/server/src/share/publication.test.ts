import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLock, UserError } from '@lanmirror/engine/host';
import { SourceFilter } from '@lanmirror/engine/source';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Publication } from './publication.ts';

let dir: string;
let publication: Publication;
let lines: string[];
let alarms: string[];
/** Of the state folder, and of the rules; undefined when there is none. */
let fault: UserError | undefined;
let ruleFault: UserError | undefined;
/** Resolves with the first line that says so. */
let until: (pattern: RegExp) => Promise<string>;

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'lanmirror-publication-')));
  alarms = [];
  [fault, ruleFault] = [undefined, undefined];
  lines = [];
  const waiting = new Set<() => void>();
  until = (pattern) =>
    new Promise((resolve) => {
      const look = (): void => {
        const line = lines.find((one) => pattern.test(one));
        if (line !== undefined) resolve(line);
      };
      waiting.add(look);
      look();
    });
  const values = {
    get: () => ({ text: '', source: '', isDefault: true }),
    text: () => '',
    number: () => 0,
  };
  publication = new Publication({
    spec: { name: 'films', monitorDir: join(dir, 'films'), keys: undefined, values },
    stateDir: join(dir, 'state'),
    isLocked: false,
    againMs: 10,
    watch: 'native',
    openState: () => {
      if (fault !== undefined) throw fault;
      mkdirSync(join(dir, 'state'), { recursive: true });
    },
    filter: async () => {
      if (ruleFault !== undefined) throw ruleFault;
      return new SourceFilter([], { minBytes: 0, maxBytes: 0, ignoresCase: false });
    },
    pollMs: 1000,
    isHashIdle: false,
    scrubDays: () => 0,
    name: 'nas',
    program: 'server',
    note: (_level, text) => {
      lines.push(text);
      for (const look of waiting) look();
    },
    bandwidth: () => ({ setting: 'off', bytesPerSecond: null }),
    alarm: (text) => {
      alarms.push(text);
      lines.push(text);
      for (const look of waiting) look();
    },
  });
});
afterEach(async () => {
  await publication.stop();
  rmSync(dir, { recursive: true });
});

test('a share whose folder is not there says so once, and is served when it comes', async () => {
  await expect(publication.open()).rejects.toThrow(/does not exist/);
  publication.start();
  expect(publication.share).toBeUndefined();
  expect(publication.fault?.code).toBe('NO_MONITOR_DIR');
  // Made elsewhere, so that it is there all at once, as a disk that is mounted.
  mkdirSync(join(dir, 'made', 'inside'), { recursive: true });
  renameSync(join(dir, 'made'), join(dir, 'films'));
  await until(/films is published now/);
  await until(/Scanned .*: 1 entries/);
  expect(publication.fault).toBeUndefined();
  expect(alarms).toHaveLength(1);
});

test('a share that another server serves waits for the end of that one', async () => {
  mkdirSync(join(dir, 'films'));
  mkdirSync(join(dir, 'state'));
  const lock = acquireLock(join(dir, 'state', 'lock'), 'A lanmirror-server for films');
  await expect(publication.open()).rejects.toMatchObject({ code: 'LOCKED' });
  publication.start();
  lock.release();
  await until(/films is published now/);
  expect(publication.share?.halt).toBe('');
});

test('a link that comes later leads to a folder with another state: it is not published under this one', async () => {
  await expect(publication.open()).rejects.toThrow(/does not exist/);
  mkdirSync(join(dir, 'disk'));
  symlinkSync(join(dir, 'disk'), join(dir, 'films'));
  await expect(publication.open()).rejects.toThrow(/films leads to .*disk now/);
  expect(publication.share).toBeUndefined();
});

test('a share whose state, or whose rules, cannot be had is served as soon as they can', async () => {
  mkdirSync(join(dir, 'films'));
  fault = new UserError('STATE_DIR', 'The state folder is not a folder.');
  await expect(publication.open()).rejects.toThrow(fault);
  publication.start();
  ruleFault = new UserError('NO_RULE_FILE', 'The rules cannot be read.');
  const ruled = until(/The rules cannot be read/);
  fault = undefined;
  await ruled;
  expect(publication.share).toBeUndefined();
  ruleFault = undefined;
  await until(/films is published now/);
  expect(alarms).toEqual([
    expect.stringMatching(/\[films\] is not served: The state folder is not a folder/),
    expect.stringMatching(/\[films\] is not served: The rules cannot be read/),
  ]);
});

const rulesOf = (...lines: string[]) => ({
  rules: lines.map((line) => ({ line, origin: 'test' })),
  ...{ minBytes: 0, maxBytes: 0, ignoreNames: [] },
});

test('other rules open the share anew, and it is said what they leave out, and what they let in', async () => {
  mkdirSync(join(dir, 'films'));
  for (const name of ['a.tmp', 'b']) writeFileSync(join(dir, 'films', name), name);
  await publication.open();
  publication.start();
  await until(/Scanned .*: 2 entries/);
  const before = publication.share;
  publication.useRules(rulesOf('*.tmp'));
  await until(/they leave out 1 path that is published, and mirrors keep what they have of it: a\.tmp/);
  await until(/The new rules are in effect; nothing is published that was left out/);
  expect([publication.share === before, publication.share?.entries]).toEqual([false, 1]);
  publication.useRules(rulesOf('b'));
  await until(/1 path that was left out is published: a\.tmp/);
  // It would be served by two servers otherwise.
  expect(() => acquireLock(join(dir, 'state', 'lock'), 'another')).toThrow();
  // The same rules again are no other ones, wherever they stand by now.
  const standing = publication.share;
  publication.useRules({ ...rulesOf('b'), rules: [{ line: 'b', origin: 'elsewhere' }] });
  await expect
    .poll(() => standing?.filter.explain({ path: 'b', kind: 'file', sizeBytes: 1 }).rule?.origin)
    .toBe('elsewhere');
  expect(publication.share).toBe(standing);
  publication.useRules(rulesOf('c'));
  await until(/1 path that was left out is published: b/);
  expect(lines.filter((line) => line.startsWith('The rules are other ones'))).toHaveLength(3);
});

test('what ignore files leave out or let in, since the settings name them, is said when they were read', async () => {
  mkdirSync(join(dir, 'films'));
  for (const name of ['secret', 'open', 'x.tmp']) writeFileSync(join(dir, 'films', name), name);
  writeFileSync(join(dir, 'films', '.mi'), 'secret\n!x.tmp');
  await publication.open();
  publication.start();
  await until(/Scanned .*: 4 entries/);
  publication.useRules(rulesOf('*.tmp'));
  await until(/nothing is published that was left out/);
  lines.length = 0;
  publication.useRules({ ...rulesOf('*.tmp'), ignoreNames: ['.mi'] });
  await until(/The new rules/);
  expect(lines.filter((line) => /rules/.test(line))).toEqual([
    'The rules are other ones, and the folder is scanned by them now; what ignore files say is known, and told, after that.',
    'The new rules of the source are in effect; they hide 1 path (secret), and mirrors keep what they have of it; they show 1 path (x.tmp).',
  ]);
  lines.length = 0;
  publication.useRules(rulesOf('*.tmp'));
  await until(
    /they hide 1 path \(x.tmp\), and mirrors keep what they have of it; they show 1 path \(secret\)/,
  );
});

test('rules that come while a share cannot be had are those by which it is opened', async () => {
  await expect(publication.open()).rejects.toThrow(/does not exist/);
  publication.start();
  publication.useRules(rulesOf('*.tmp'));
  mkdirSync(join(dir, 'made'));
  for (const name of ['a.tmp', 'b']) writeFileSync(join(dir, 'made', name), name);
  renameSync(join(dir, 'made'), join(dir, 'films'));
  await until(/Scanned .*: 1 entries/);
});

test('a folder that has gone when other rules come is named, and published by them when it is back', async () => {
  mkdirSync(join(dir, 'films'));
  await publication.open();
  publication.start();
  await until(/Scanned .*: 0 entries/);
  renameSync(join(dir, 'films'), join(dir, 'away'));
  symlinkSync(join(dir, 'away'), join(dir, 'films'));
  publication.useRules(rulesOf('*.tmp'));
  await until(/they leave out nothing/);
  await expect.poll(() => publication.fault?.code).toBe('ROOT_MOVED');
  expect(alarms).toHaveLength(1);
  rmSync(join(dir, 'films'));
  writeFileSync(join(dir, 'away', 'a.tmp'), '');
  writeFileSync(join(dir, 'away', 'b'), '');
  renameSync(join(dir, 'away'), join(dir, 'films'));
  await until(/films is published now/);
  await until(/Scanned .*: 1 entries/);
});
