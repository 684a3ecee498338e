/** What went from the source because the mirror has it: it is shown, and what a person deleted here is forgotten when he says so. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesIn, LATER_CLOCK, makePlace, type Place, type Program, trashOf, write } from './programs.ts';
import { settle } from './settle.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await place.dispose();
});

const client = (...words: string[]): Program =>
  place.run(
    'client',
    [
      ...[...words, '--config', '/dev/null', '--source', place.source, '--target-dir', place.target],
      ...['--state-dir', join(place.dir, 'client-state')],
    ],
    { env: LATER_CLOCK },
  );

/** Runs to its end; fails with what it said when that is not the one expected. */
async function said(exit: number, ...words: string[]): Promise<string> {
  const program = client(...words);
  expect([await program.ended(), program.output()]).toEqual([exit, program.output()]);
  return program.output();
}

interface Row {
  readonly path: string;
  readonly standing: string;
  readonly sizeBytes: number;
  readonly cleaned: string | null;
  readonly mayBe: string | null;
}

async function listed(...words: string[]): Promise<Row[]> {
  const text = await said(0, 'cleaned', ...words, '--json');
  return text
    .split('\n')
    .filter((line) => line.startsWith('{"path"'))
    .map((line) => JSON.parse(line) as Row);
}

const standing = async (...words: string[]): Promise<string[]> =>
  (await listed(...words)).map((row) => `${row.path} ${row.standing}`);

/** Mirrors these, and takes them from the source. */
async function clean(...paths: string[]): Promise<void> {
  for (const path of paths) write(place.source, path);
  await said(0, 'sync', '--clean-source', '0');
}

const loseState = (): void => rmSync(join(place.dir, 'client-state'), { recursive: true });
const loseRecord = (): void => rmSync(join(place.target, '.lanmirror/cleaned'));

test('without a client: what was cleaned is listed, with what became of each copy, a count and the sum', async () => {
  const { target } = place;
  expect(await said(3, 'cleaned')).toContain('has never run');
  write(place.source, 'a');
  await said(0, 'sync');
  expect(await said(0, 'cleaned')).toBe('Nothing is noted here as cleaned from the source.\n');
  await clean('a', 'd/b', 'd/c', 'd/文.mkv');
  appendFileSync(join(target, 'd/b'), ', edited');
  unlinkSync(join(target, 'd/c'));
  const text = await said(0, 'cleaned');
  expect(text.split('\n')).toEqual([
    expect.stringMatching(/^ +12 B {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}as it was {2}a$/),
    expect.stringMatching(/^ +22 B {2}.{19} {2}changed {4}d\/b$/),
    expect.stringMatching(/^ +14 B {2}.{19} {2}gone {7}d\/c$/),
    expect.stringMatching(/ as it was {2}d\/文\.mkv$/),
    '4 files: 2 as it was, 1 changed, 1 gone. 54 B here.',
    '"lanmirror-client cleaned forget PATTERN" forgets those that are gone.',
    '',
  ]);
  const rows = await listed('d/{b,c}');
  expect(rows).toMatchObject([
    { path: 'd/b', standing: 'changed', sizeBytes: 22, mayBe: null },
    { path: 'd/c', standing: 'gone', sizeBytes: 14, mayBe: null },
  ]);
  for (const { cleaned } of rows) expect(Date.parse(cleaned ?? '')).toBeGreaterThan(0);
  expect(await said(2, 'cleaned', 'nowhere')).toContain("Nothing that matches 'nowhere' is noted here");
  expect(await said(2, 'cleaned', 'forget', 'nowhere', '--yes')).toContain("Nothing that matches 'nowhere'");
  expect(await said(2, 'cleaned', 'forget')).toContain('What is to be forgotten is not said.');
  expect(await said(2, 'cleaned', 'd', 'b')).toContain('"cleaned d b" is unknown');
});

test('what a person deleted here is forgotten after a yes only, what stands never, and no lost witness brings it back', async () => {
  const { source, target } = place;
  await clean('a', 'd/b', 'd/c');
  // Of the size that it had: by that the trash of the source knows it, where all else is lost.
  write(target, 'd/b', 'CONTENT of d/b');
  unlinkSync(join(target, 'd/c'));
  expect(await said(3, 'cleaned', 'forget', 'd/c')).toContain('Nothing was forgotten: nobody agreed.');
  const kept = await said(1, 'cleaned', 'forget', 'a', '--yes');
  expect(kept).toContain('Not forgotten: a (it stands here)');
  expect(kept).not.toContain('Forgotten: ');
  expect(await standing()).toEqual(['a same', 'd/b changed', 'd/c gone']);
  const text = await said(1, 'cleaned', 'forget', '**', '--yes');
  expect(text).toContain('Not forgotten: d/b (something else stands there now)');
  expect(text).toContain(`It is still in the trash of the source, ${join(source, '.lanmirror/trash')}, `);
  expect(text).toContain('Forgotten: 1 file.');
  for (const lose of [() => undefined, loseState, loseRecord, () => [loseState(), loseRecord()]]) {
    lose();
    await said(0, 'sync', '--clean-source', '0');
    expect((await standing()).map((row) => row.split(' ')[0])).toEqual(['a', 'd/b']);
    expect(filesIn(target)).toEqual(['a', 'd/b']);
  }
  expect([trashOf(source).sort(), trashOf(target)]).toEqual([
    ['content of a', 'content of d/b', 'content of d/c'],
    [],
  ]);
});

test.each([false, true])(
  'what was kept only for what is forgotten goes by the ordinary rules at the next pass (with a running client: %s)',
  async (isRunning) => {
    const { source, target, dir } = place;
    await clean('d/film', 'd/other', 'e/film', 'e/gone too');
    for (const path of ['d/film', 'e/film', 'e/gone too']) unlinkSync(join(target, path));
    for (const path of ['d/mine', 'e/mine too']) write(target, path);
    const live = isRunning ? client('start') : undefined;
    await live?.until(/identical to the source/);
    await said(0, 'sync');
    expect(filesIn(target)).toEqual(['d/mine', 'd/other', 'e/mine too']);
    expect(await listed('*/mine*')).toMatchObject([
      { path: 'd/mine', standing: 'unproved', mayBe: 'd/film', cleaned: null },
      { path: 'e/mine too', standing: 'unproved' },
    ]);
    expect(await said(1, 'cleaned', 'forget', 'd/mine', '--yes')).toContain('Not forgotten: d/mine');
    const text = await said(0, 'cleaned', 'forget', '*/film', '--yes');
    expect(text).toMatch(/they are ordinary additions then:\n {2}d\/mine\n/);
    expect(text).not.toMatch(/^ {2}e\/mine too$/m);
    expect(text).toContain('All 2 are still in the trash of the source');
    await live?.until(/Forgotten as you asked: e\/film /);
    await (isRunning ? settle(place) : said(0, 'sync'));
    // Another file that is gone from its folder may still be that one.
    expect(filesIn(target)).toEqual(['d/other', 'e/mine too']);
    expect(trashOf(target)).toEqual(['content of d/mine']);
    expect(await standing()).toEqual(['d/other same', 'e/gone too gone', 'e/mine too unproved']);
    if (isRunning) {
      const status = await said(0, 'status');
      expect(status).toMatch(/in sync at \d+, with 2 entries kept here/);
      expect(status).toMatch(
        /Cleaned: {2}2 files that went from the source; "lanmirror-client cleaned" shows what of it is here/,
      );
    }
    expect(await said(0, 'cleaned', 'forget', 'e/gone too', '--yes')).toContain('Forgotten: 1 file.');
    await (isRunning ? settle(place) : said(0, 'sync'));
    // Nothing at all keeps its folder, which the source still has.
    expect([filesIn(target), existsSync(join(target, 'e')), existsSync(join(source, 'e'))]).toEqual([
      ['d/other'],
      true,
      true,
    ]);
    live?.process.kill('SIGTERM');
    expect((await live?.ended()) ?? 0).toBe(0);
    rmSync(join(dir, 'client-state'), { recursive: true });
    await said(0, 'sync');
    expect([filesIn(target), await standing()]).toEqual([['d/other'], ['d/other same']]);
  },
);

test('a copy that was moved, and that no pass has met since, is not forgotten by its former path; after one it stays by itself', async () => {
  const { target } = place;
  await clean('d/a', 'd/b');
  mkdirSync(join(target, 'mine'));
  renameSync(join(target, 'd/a'), join(target, 'mine/renamed'));
  expect(await said(1, 'cleaned', 'forget', 'd/a', '--yes')).toContain(
    'Not forgotten: d/a (mine/renamed may be it, under another name; do a pass (sync) first, which notes that, or move it back)',
  );
  await said(0, 'sync');
  expect(await standing()).toEqual(['d/a gone', 'd/b same', 'mine/renamed same']);
  await said(0, 'cleaned', 'forget', 'd/a', '--yes');
  loseState();
  await said(0, 'sync');
  expect([filesIn(target), await standing()]).toEqual([
    ['d/b', 'mine/renamed'],
    ['d/b same', 'mine/renamed same'],
  ]);
});

test('of a client with jobs it is about one of them, by its name, and a job with dry runs forgets nothing', async () => {
  const { dir } = place;
  const ini = join(dir, 'client.ini');
  const section = (name: string): string =>
    `[Job ${name}]\nSource = ${join(dir, `from ${name}`)}\nTargetDir = ${join(dir, `to ${name}`)}\nCleanSource = 0\n`;
  writeFileSync(ini, section('films') + section('My photos'));
  for (const name of ['films', 'My photos']) write(join(dir, `from ${name}`), 'x', `x of ${name}`);
  const run = async (exit: number, ...args: string[]): Promise<string> => {
    const program = place.run('client', [...args, '--config', ini], { env: LATER_CLOCK });
    expect([await program.ended(), program.output()]).toEqual([exit, program.output()]);
    return program.output();
  };
  await run(0, 'sync');
  unlinkSync(join(dir, 'to My photos/x'));
  expect(await run(2, 'cleaned')).toContain('--job');
  expect(await run(0, 'cleaned', '--job', 'FILMS')).toContain('1 file: 1 as it was.');
  expect(await run(0, 'cleaned', '--job', 'my photos')).toContain(
    `"lanmirror-client cleaned forget PATTERN --config '${ini}' --job 'My photos'" forgets those that are gone.`,
  );
  appendFileSync(ini, 'DryRun = yes\n');
  expect(await run(3, 'cleaned', 'forget', 'x', '--yes', '--job', 'My photos')).toContain('has DryRun = yes');
  writeFileSync(ini, section('films') + section('My photos'));
  await run(0, 'cleaned', 'forget', 'x', '--yes', '--job', 'My photos');
  expect(await run(0, 'cleaned', '--job', 'My photos')).toContain('Nothing is noted here');
});
