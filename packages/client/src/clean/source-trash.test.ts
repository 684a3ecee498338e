import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createMemoryStore } from '@lanmirror/engine/store';
import {
  hashBytes,
  loadHash,
  openCleanableSource,
  openLocalSource,
  openOwnJournal,
  TRASH,
} from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { MirrorState } from '../state/mirror-state.ts';
import { CleanedRecord } from './cleaned-record.ts';
import { onlyInTrashText } from './only-in-trash.ts';
import { SourceTrash } from './source-trash.ts';

const DAY_MS = 24 * 3_600_000;
const DAYS = 30;
const MTIME_S = 1_600_000_000;

beforeAll(async () => {
  await loadHash();
});

let dir: string;
let wallMs: number;
let state: MirrorState;
let told: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lanmirror-source-trash-'));
  for (const folder of ['source/.lanmirror', 'target/.lanmirror'])
    mkdirSync(join(dir, folder), { recursive: true });
  wallMs = Date.UTC(2026, 0, 15, 12);
  state = new MirrorState(createMemoryStore());
  state.setMeta({ keptClock: { ageMs: 5 * DAY_MS, wallMs } });
  told = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const at = (end: 'source' | 'target', path: string): string => join(dir, end, path);
const trashed = (path: string): string => at('source', `${TRASH}/2026-01-15/${path}`);

function record(): CleanedRecord {
  const opened = new CleanedRecord(openOwnJournal(join(dir, 'target'), 'cleaned'));
  opened.refresh();
  return opened;
}

/** Takes a file of the source that the target has, as the cleaner does. */
function clean(path: string, text = `content of ${path}`): void {
  for (const end of ['source', 'target'] as const) {
    mkdirSync(dirname(at(end, path)), { recursive: true });
    writeFileSync(at(end, path), text);
    utimesSync(at(end, path), MTIME_S, MTIME_S);
  }
  const source = openCleanableSource(join(dir, 'source'), () => wallMs);
  const hash = Buffer.from(hashBytes(new TextEncoder().encode(text))).toString('hex');
  record().add([{ path, sizeBytes: text.length, mtimeUs: MTIME_S * 1e6, hash, cleanedMs: wallMs }]);
  source.keep(source.take(path), { hash, ageMs: state.meta.keptClock.ageMs });
  source.release();
}

function pass(wallDays: number, ageDays = wallDays): void {
  wallMs += wallDays * DAY_MS;
  state.setMeta({ keptClock: { ageMs: state.meta.keptClock.ageMs + ageDays * DAY_MS, wallMs } });
}

function trash(mayGoOn = (): boolean => true): SourceTrash {
  return new SourceTrash({
    ...{ state, mayGoOn, record: record(), days: () => DAYS },
    target: openLocalSource(join(dir, 'target')),
    source: openCleanableSource(join(dir, 'source'), () => wallMs),
    clock: { ...systemClock, wallMs: () => wallMs },
    trashDir: join(dir, 'source', TRASH),
    returned: (path) => told.push(`returned ${path}`),
    tell: {
      deleted: (day, count) => told.push(`deleted ${count} of ${day}`),
      putBack: (path) => told.push(`put back ${path}`),
      stays: (path, message) => told.push(`stays ${path}: ${message}`),
      warn: (text) => told.push(`warning: ${text}`),
    },
  });
}

test('what is as it was taken goes after its days, with its day and what was written down of it', async () => {
  clean('a');
  clean('d/b');
  pass(DAYS - 1);
  await trash().look();
  expect(existsSync(trashed('a'))).toBe(true);
  pass(1);
  await trash().look();
  expect(told).toEqual(['deleted 2 of 2026-01-15']);
  expect(existsSync(at('source', `${TRASH}/2026-01-15`))).toBe(false);
  expect(existsSync(at('source', `${TRASH}/journal/2026-01-15.jsonl`))).toBe(false);
  expect(readFileSync(at('target', 'd/b'), 'utf8')).toBe('content of d/b');
});

test('a clock on the wall that jumps ahead makes nothing go', async () => {
  clean('a');
  pass(400, 1);
  await trash().look();
  expect([existsSync(trashed('a')), told]).toEqual([true, []]);
});

test('a copy that a person moved, of which the row went with it, still counts', async () => {
  clean('a');
  const rows = record();
  renameSync(at('target', 'a'), at('target', 'b'));
  const row = rows.rowAt('a');
  if (row !== undefined) rows.move(row, 'b');
  pass(DAYS);
  await trash().look();
  expect(told).toEqual(['deleted 1 of 2026-01-15']);
});

const stays: readonly (readonly [string, () => void, RegExp])[] = [
  ['without its copy', () => unlinkSync(at('target', 'a')), /copy on the target/],
  ['with another copy', () => writeFileSync(at('target', 'a'), 'another content'), /copy on the target/],
  [
    'on an empty target',
    () => rmSync(at('target', ''), { recursive: true, force: true }),
    /does not note this content/,
  ],
  ['when its row has ended', () => record().end(['a']), /does not note this content/],
  [
    'of which nothing is written down',
    () => rmSync(at('source', `${TRASH}/journal`), { recursive: true }),
    /nothing says that the target has it/,
  ],
];
test.each(stays)('a file %s stays for ever, and is named once', async (_name, change, reason) => {
  clean('a');
  change();
  // Where nothing is written down the disk tells when it came: now.
  pass(100 * DAYS);
  const one = trash();
  await one.look();
  await one.look();
  expect(told).toEqual([expect.stringMatching(reason)]);
  expect(readFileSync(trashed('a'), 'utf8')).toBe('content of a');
});

test('what another mirror put into a trash there is not touched', async () => {
  const foreign = at('source', `${TRASH}/2026-01-15/x`);
  mkdirSync(dirname(foreign), { recursive: true });
  writeFileSync(foreign, 'only copy');
  const journal = at('source', `${TRASH}/journal/2026-01-15.jsonl`);
  mkdirSync(dirname(journal), { recursive: true });
  writeFileSync(journal, `\n${JSON.stringify({ at: '2026-01-15/x', path: 'x', ms: wallMs, why: 'edited' })}`);
  pass(10 * DAYS);
  await trash().look();
  expect(readFileSync(foreign, 'utf8')).toBe('only copy');
});

test('nothing goes, and nothing is said, when the source is a target by now or the mirror may not go on', async () => {
  clean('a');
  pass(DAYS);
  await trash(() => false).look();
  writeFileSync(at('source', '.lanmirror/marker'), 'id');
  await trash().look();
  expect([readFileSync(trashed('a'), 'utf8'), told]).toEqual(['content of a', []]);
  unlinkSync(at('source', '.lanmirror/marker'));
  // A disk that is mounted in the midst of it.
  clean('b');
  pass(DAYS);
  await trash(() => {
    if (existsSync(trashed('a'))) return true;
    writeFileSync(at('source', '.lanmirror/marker'), 'id');
    return true;
  }).look();
  expect(told).toEqual(['deleted 1 of 2026-01-15']);
});

test('what was written to after it was taken gets its place again, with its folders', async () => {
  clean('d/e/a');
  rmSync(at('source', 'd'), { recursive: true });
  appendFileSync(trashed('d/e/a'), ' and more');
  pass(10 * DAYS);
  await trash().look();
  expect(told).toEqual(['returned d/e/a', 'put back d/e/a']);
  expect(readFileSync(at('source', 'd/e/a'), 'utf8')).toBe('content of d/e/a and more');
});

test('what came with its folder and was written to after that gets its place again; the rest stays for ever', async () => {
  for (const path of ['d/b.part', 'd/e/c.part']) {
    mkdirSync(dirname(at('source', path)), { recursive: true });
    writeFileSync(at('source', path), 'left');
    utimesSync(at('source', path), MTIME_S, MTIME_S);
  }
  const source = openCleanableSource(join(dir, 'source'), () => wallMs);
  source.keep(source.takeFolder('d'), { writtenUs: MTIME_S * 1e6 });
  source.release();
  appendFileSync(trashed('d/e/c.part'), ' and more');
  await trash().look();
  expect(told).toEqual(['returned d/e/c.part', 'put back d/e/c.part']);
  expect(readFileSync(at('source', 'd/e/c.part'), 'utf8')).toBe('left and more');
  pass(10 * DAYS);
  await trash().look();
  expect(readFileSync(trashed('d/b.part'), 'utf8')).toBe('left');
});

test('after a lost state the days begin anew when the file is first seen, and are no longer than that', async () => {
  state.setMeta({ keptClock: { ageMs: 300 * DAY_MS, wallMs } });
  clean('a');
  clean('b');
  unlinkSync(at('target', 'b'));
  state = new MirrorState(createMemoryStore());
  pass(2);
  await trash().look();
  pass(DAYS - 1);
  await trash().look();
  expect([existsSync(trashed('a')), told]).toEqual([true, []]);
  pass(1);
  await trash().look();
  expect(told).toEqual(['deleted 1 of 2026-01-15']);
  // What is not here keeps the time of who took it: that may be another mirror.
  expect(readFileSync(trashed('b'), 'utf8')).toBe('content of b');
});

test('written to with its place taken it stays, whatever its age, and is named', async () => {
  clean('a');
  appendFileSync(trashed('a'), ' and more');
  writeFileSync(at('source', 'a'), 'another file');
  pass(10 * DAYS);
  await trash().look();
  expect(told).toEqual([expect.stringMatching(/^stays a: it was written to after it was taken/)]);
  expect(readFileSync(trashed('a'), 'utf8')).toBe('content of a and more');
  expect(readFileSync(at('source', 'a'), 'utf8')).toBe('another file');
});

test('who fills a target again is told of what was cleaned and is in no other place, and where that is', async () => {
  expect(await onlyInTrashText(join(dir, 'source'))).toEqual([]);
  clean('a');
  clean('b');
  expect((await onlyInTrashText(join(dir, 'source'))).join(' ')).toContain(
    `2 files that went from ${join(dir, 'source')} by CleanSource are only in ${join(dir, 'source', TRASH)}`,
  );
});
