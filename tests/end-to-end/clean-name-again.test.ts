/** What went from the source keeps its copy here when the source uses its name again, with the real program. */
import { mkdirSync, readFileSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cleaningClient } from './cleaning-client.ts';
import { filesIn, type Program, trashOf, write } from './programs.ts';
import { settle } from './settle.ts';

const { place, client, said, end } = cleaningClient();

const AT_ONCE = ['--clean-source', '0'];
const BY_DAYS = ['--clean-source', 'after 30 days'];

/** Mirrors these, and takes them from the source. */
async function clean(...paths: string[]): Promise<void> {
  for (const path of paths) write(place.source, path);
  await said(0, 'sync', ...AT_ONCE);
}

async function started(...flags: string[]): Promise<Program> {
  const live = client('start', ...flags);
  await live.until(/identical to the source/);
  return live;
}

/** In one step: an empty file may be mirrored before its content is written. */
function put(path: string, text: string): void {
  write(place.dir, 'made', text);
  renameSync(join(place.dir, 'made'), join(place.source, path));
}

const here = (path: string): string => readFileSync(join(place.target, path), 'utf8');
const record = (): string => here('.lanmirror/cleaned');

const loseState = (): void => rmSync(join(place.dir, 'client-state'), { recursive: true });
const loseRecord = (): void => rmSync(join(place.target, '.lanmirror/cleaned'));

const hasEnded = (): boolean => record().includes('"end":"DSC1.JPG"');

test.each([
  ['is mirrored only', [], hasEnded],
  ['is mirrored only, and days are counted', BY_DAYS, hasEnded],
  // A second one of a name in the trash of the source explains nothing to a source that has lost it: it is told first.
  ['is cleaned too', AT_ONCE, (live: Program) => /Cleaned .*DSC1.*Kept: DSC1/s.test(live.output())],
])(
  'a copy that a person renamed stays when the source uses its name again, which %s, whatever is lost then',
  async (_what, flags, isDone) => {
    await clean('DSC1.JPG', 'stays');
    const live = await started(...flags);
    renameSync(join(place.target, 'DSC1.JPG'), join(place.target, 'Sunset.JPG'));
    put('DSC1.JPG', 'new photo');
    await live.until(/Created: DSC1\.JPG/);
    await settle(place);
    await expect.poll(() => isDone(live), { timeout: 30_000 }).toBe(true);
    await end(live);
    const listed = await said(0, 'cleaned', 'DSC1.JPG');
    expect(listed).toMatch(/ gone +DSC1\.JPG {2}\(another file has its name by now\)\n/);
    const losses = [() => undefined, loseState, loseRecord, () => [loseState(), loseRecord()]];
    for (const lose of losses) {
      lose();
      await said(0, 'sync');
      expect([here('Sunset.JPG'), here('DSC1.JPG'), trashOf(place.target)]).toEqual([
        'content of DSC1.JPG',
        'new photo',
        [],
      ]);
    }
    expect(await said(0, 'cleaned', 'Sunset.JPG')).toMatch(/as it was {2}Sunset\.JPG\n/);
  },
);

test('one that a person deleted here is forgotten when he says so, although its name is used again', async () => {
  await clean('d/a', 'd/b');
  const live = await started();
  unlinkSync(join(place.target, 'd/a'));
  write(place.source, 'd/a', 'another a');
  await live.until(/Created: d\/a/);
  await expect.poll(() => record().includes('"end":"d/a"'), { timeout: 30_000 }).toBe(true);
  expect(await said(0, 'cleaned', 'forget', 'd/a', '--yes')).toContain('Forgotten: 1 file.');
  await end(live);
  for (const lose of [loseState, loseRecord]) {
    await said(0, 'sync');
    expect(await said(0, 'cleaned')).toMatch(/^1 file: 1 as it was\. /m);
    lose();
  }
  await said(0, 'sync');
  expect(filesIn(place.target)).toEqual(['d/a', 'd/b']);
});

test('folders that swap their names at the source take along what went from them, each its own', async () => {
  const { source, target } = place;
  await clean('a/x', 'a/only', 'b/x');
  for (const path of ['a/k', 'b/k', 'stays']) write(source, path);
  await said(0, 'sync');
  for (const [from, to] of [
    ['a', 't'],
    ['b', 'a'],
    ['t', 'b'],
  ] as const)
    renameSync(join(source, from), join(source, to));
  await said(0, 'sync');
  expect([here('b/x'), here('b/only'), here('a/x')]).toEqual([
    'content of a/x',
    'content of a/only',
    'content of b/x',
  ]);
  expect(await said(0, 'cleaned')).toMatch(/^3 files: 3 as it was\. /m);
  mkdirSync(join(target, 'mine'));
  renameSync(join(target, 'a/x'), join(target, 'mine/best of b'));
  // Edited in its place: only a row of that very path keeps it.
  write(target, 'b/only', 'retouched');
  loseState();
  await said(0, 'sync');
  expect([here('mine/best of b'), here('b/only'), trashOf(target)]).toEqual([
    'content of b/x',
    'retouched',
    [],
  ]);
});

test('what its owner took back under a rule by days is ordinary as soon as it is in sync: he may edit it', async () => {
  const { source, target } = place;
  await clean('a', 'b', 'stays');
  const live = await started(...BY_DAYS);
  // The first may be met by the look with which the client begins; none comes for an hour then.
  for (const path of ['a', 'b']) {
    put(path, `content of ${path}`);
    await expect.poll(() => record().includes(`"end":"${path}"`), { timeout: 30_000 }).toBe(true);
  }
  await end(live);
  write(source, 'b', 'edited by its owner');
  await said(0, 'sync', ...BY_DAYS);
  expect([here('b'), filesIn(source)]).toEqual(['edited by its owner', ['a', 'b']]);
  expect(trashOf(target)).toEqual(['content of b']);
});

test('after a copy was removed here as advised its successor is ordinary, though it comes by a rename: it may be edited', async () => {
  const { source, target } = place;
  await clean('p', 'd/q', 'stays');
  for (const path of ['e/q', 'd/k']) write(source, path);
  const live = await started(...BY_DAYS);
  for (const path of ['p', 'd/q']) unlinkSync(join(target, path));
  write(source, 'p.tmp', 'new');
  await live.until(/Created: p\.tmp/);
  renameSync(join(source, 'p.tmp'), join(source, 'p'));
  await live.until(/Renamed: p\.tmp -> p/);
  put('p', 'new, and edited');
  await live.until(/(Modified|Created): p\n/);
  renameSync(join(source, 'd'), join(source, 'old'));
  renameSync(join(source, 'e'), join(source, 'd'));
  await live.until(/Renamed: e -> d/);
  put('d/q', 'edited, too');
  await live.until(/(Modified|Created): d\/q\n/);
  await settle(place);
  expect([here('p'), here('d/q')]).toEqual(['new, and edited', 'edited, too']);
  expect(await said(0, 'status')).toContain('Problems: none');
  await end(live);
});
