/** What went from the source because the mirror has it: it is shown, and what a person deleted here is forgotten when he says so. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cleaningClient } from './cleaning-client.ts';
import { filesIn, LATER_CLOCK, type Program, trashOf, write } from './programs.ts';
import { settle } from './settle.ts';

const { place, client, said, end } = cleaningClient();

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

/** A client that goes on, and has brought everything up to date. */
async function live(...words: string[]): Promise<Program> {
  const program = client('start', ...words);
  await program.until(/identical to the source/);
  return program;
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
  expect(await said(3, 'cleaned', 'forget', 'd/c', '--yes')).toMatch(
    /Nothing was forgotten: no client runs on this target, .*Start it \("lanmirror-client start"\)/s,
  );
  expect(await standing('d/c')).toEqual(['d/c gone']);
  expect(await said(2, 'cleaned', 'forget')).toContain('What is to be forgotten is not said.');
  expect(await said(2, 'cleaned', 'd', 'b')).toContain('"cleaned d b" is unknown');
});

test('what a person deleted here is forgotten after a yes only, what stands never, and no lost witness brings it back', async () => {
  const { source, target } = place;
  await clean('a', 'd/b', 'd/c');
  // Of the size that it had: by that the trash of the source knows it, where all else is lost.
  write(target, 'd/b', 'CONTENT of d/b');
  unlinkSync(join(target, 'd/c'));
  const running = await live();
  expect(await said(2, 'cleaned', 'forget', 'nowhere', '--yes')).toContain("Nothing that matches 'nowhere'");
  expect(await said(3, 'cleaned', 'forget', 'd/c')).toContain('Nothing was forgotten: nobody agreed.');
  const kept = await said(1, 'cleaned', 'forget', 'a', '--yes');
  expect(kept).toContain('Not forgotten: a (it stands here)');
  expect(kept).not.toContain('Forgotten: ');
  expect(await standing()).toEqual(['a same', 'd/b changed', 'd/c gone']);
  const text = await said(1, 'cleaned', 'forget', '**', '--yes');
  expect(text).toContain('Not forgotten: d/b (something else stands there now)');
  expect(text).toContain(`It is still in the trash of the source, ${join(source, '.lanmirror/trash')}, `);
  expect(text).toContain('Forgotten: 1 file.');
  await end(running);
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

test('what was kept only for what is forgotten goes by the ordinary rules at the next pass', async () => {
  const { source, target } = place;
  await clean('d/film', 'd/other', 'e/film', 'e/gone too');
  for (const path of ['d/film', 'e/film', 'e/gone too']) unlinkSync(join(target, path));
  for (const path of ['d/mine', 'e/mine too']) write(target, path);
  const running = await live();
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
  await running.until(/Forgotten as you asked: e\/film /);
  await settle(place);
  // Another file that is gone from its folder may still be that one.
  expect(filesIn(target)).toEqual(['d/other', 'e/mine too']);
  expect(trashOf(target)).toEqual(['content of d/mine']);
  expect(await standing()).toEqual(['d/other same', 'e/gone too gone', 'e/mine too unproved']);
  const status = await said(0, 'status');
  expect(status).toMatch(/in sync at \d+, with 2 entries kept here/);
  expect(status).toMatch(
    /Cleaned: {2}2 files that went from the source; "lanmirror-client cleaned" shows what of it is here/,
  );
  expect(await said(0, 'cleaned', 'forget', 'e/gone too', '--yes')).toContain('Forgotten: 1 file.');
  await settle(place);
  // Nothing at all keeps its folder, which the source still has.
  expect([filesIn(target), existsSync(join(target, 'e')), existsSync(join(source, 'e'))]).toEqual([
    ['d/other'],
    true,
    true,
  ]);
  await end(running);
  loseState();
  await said(0, 'sync');
  expect([filesIn(target), await standing()]).toEqual([['d/other'], ['d/other same']]);
});

test('a copy that was moved just now stays when its former path is forgotten, and counts once', async () => {
  const { target } = place;
  await clean('d/a', 'd/b');
  const running = await live();
  mkdirSync(join(target, 'mine'));
  renameSync(join(target, 'd/a'), join(target, 'mine/renamed'));
  expect(await said(3, 'cleaned', 'forget', 'd/a')).toContain('nobody agreed');
  expect(await standing()).toEqual(['d/a gone', 'd/b same', 'mine/renamed same']);
  expect(await said(0, 'status')).toContain('2 files that went from the source');
  expect(await said(0, 'cleaned', 'forget', 'd/a', '--yes')).toContain('Forgotten: 1 file.');
  await said(0, 'sync');
  await end(running);
  loseState();
  await said(0, 'sync');
  expect([filesIn(target), await standing(), trashOf(target)]).toEqual([
    ['d/b', 'mine/renamed'],
    ['d/b same', 'mine/renamed same'],
    [],
  ]);
});

test('what was edited and renamed just now, and what was moved after that, is named before the question; without a yes it stays', async () => {
  const { target } = place;
  await clean('d/film', 'd/other', 'mine/gone');
  const running = await live();
  renameSync(join(target, 'd/film'), join(target, 'd/cut'));
  appendFileSync(join(target, 'd/cut'), ', edited');
  const named = (path: string): RegExp => new RegExp(`they are ordinary additions then:\\n {2}${path}\\n`);
  expect(await said(3, 'cleaned', 'forget', '**')).toMatch(named('d/cut'));
  renameSync(join(target, 'd/cut'), join(target, 'mine/final'));
  expect(await said(3, 'cleaned', 'forget', 'd/film')).toMatch(named('mine/final'));
  await said(0, 'sync');
  expect(filesIn(target)).toEqual(['d/other', 'mine/final', 'mine/gone']);
  // Another place is empty where it stands: it may be the file of that.
  unlinkSync(join(target, 'mine/gone'));
  expect(await said(0, 'cleaned', 'forget', 'd/film', '--yes')).not.toContain('mine/final');
  expect((await listed('mine')).map(({ path, mayBe }) => [path, mayBe])).toEqual([
    ['mine/final', 'mine/gone'],
    ['mine/gone', null],
  ]);
  await said(0, 'sync');
  expect([filesIn(target), trashOf(target)]).toEqual([['d/other', 'mine/final'], []]);
  await end(running);
});

test('a copy that was moved to where the rules leave it out is not forgotten, and neither is one that nothing tells from it', async () => {
  const { source, target } = place;
  const time = new Date('2024-01-01T10:00:00Z');
  for (const name of ['a', 'b', 'c']) {
    write(source, `d/${name}`, name.repeat(9));
    utimesSync(join(source, `d/${name}`), time, time);
  }
  await said(0, 'sync', '--clean-source', '0');
  const running = await live('--exclude', '*.tmp');
  unlinkSync(join(target, 'd/a'));
  renameSync(join(target, 'd/b'), join(target, 'd/b.tmp'));
  const text = await said(1, 'cleaned', 'forget', '**', '--yes');
  for (const path of ['d/a', 'd/b'])
    expect(text).toContain(
      `Not forgotten: ${path} (d/b.tmp may be it, by size and time: the rules leave that out, or nothing tells it from another; move it back, or remove it if nobody needs it)`,
    );
  expect(await standing()).toEqual(['d/a gone', 'd/b gone', 'd/c same']);
  renameSync(join(target, 'd/b.tmp'), join(target, 'moved b'));
  await client('cleaned', 'forget', '**', '--yes').ended();
  // The source has one of them again, and the other one was moved.
  write(source, 'd/a', 'aaaaaaaaa');
  utimesSync(join(source, 'd/a'), time, time);
  await settle(place);
  await said(0, 'sync');
  expect([filesIn(target), trashOf(target)]).toEqual([['d/a', 'd/c', 'moved b'], []]);
  await end(running);
});

test('while a name is not UTF-8 nothing is forgotten: it may be the copy', async () => {
  const { target } = place;
  await clean('d/film', 'd/other');
  const running = await live();
  const odd = Buffer.concat([Buffer.from(`${target}/d/f`), Buffer.from([0xfc]), Buffer.from('lm')]);
  renameSync(join(target, 'd/film'), odd);
  expect(await said(1, 'cleaned', 'forget', 'd/film', '--yes')).toContain(
    'Nothing was forgotten: a copy may have been moved to where nobody can look now: d/f\\xfclm (its name is not UTF-8).',
  );
  renameSync(odd, join(target, 'd/fuelm'));
  await said(0, 'sync');
  expect([filesIn(target), trashOf(target)]).toEqual([['d/fuelm', 'd/other'], []]);
  await end(running);
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
  expect(await run(2, 'cleaned', 'nothing', '--job', 'films')).toContain(
    `"lanmirror-client cleaned --config '${ini}' --job films" lists what is`,
  );
  const running = place.run('client', ['start', '--config', ini], { env: LATER_CLOCK });
  await running.until(/My photos.*identical to the source/);
  expect(await run(2, 'cleaned', 'nothing', '--job', 'my photos')).toContain(
    `"lanmirror-client cleaned --config '${ini}' --job 'My photos'" lists what is`,
  );
  await run(0, 'cleaned', 'forget', 'x', '--yes', '--job', 'My photos');
  expect(await run(0, 'cleaned', '--job', 'My photos')).toContain('Nothing is noted here');
  await end(running);
});
