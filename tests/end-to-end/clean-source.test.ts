/** Files that go from the source when the mirror has them, with the real program and both folders on this machine. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openState } from '../../packages/client/src/client.ts';
import { cleaningClient } from './cleaning-client.ts';
import { contentOf, filesIn, trashOf, write } from './programs.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`clean-source.test SEED=${SEED}`);
const DAY_MS = 24 * 3_600_000;

const { place, client, clientAhead, said, ran, end } = cleaningClient();
const CLEAN = ['--clean-source', '0'];

const passed = (verb: string, flags: readonly string[] = [], exit = 0): Promise<string> =>
  said(exit, verb, ...flags);

/** Everything that the client remembers, of the source too. */
function loseStates(): void {
  rmSync(join(place.dir, 'client-state'), { recursive: true });
}

/** By the clock of the mirror, by which days are counted. */
async function letPass(ms: number): Promise<void> {
  const state = await openState(join(place.dir, 'client-state'));
  const { keptClock } = state.meta;
  state.setMeta({ keptClock: { ...keptClock, ageMs: keptClock.ageMs + ms } });
  await state.close();
}

const fill = (paths: readonly string[]): void => {
  for (const path of paths) write(place.source, path);
};

describe('at once', () => {
  test('a live mirror takes each file as it comes, says so loudly, and keeps what it took', async () => {
    const { source, target } = place;
    fill(['a', 'd/e/b']);
    const live = client('start', ...CLEAN, '--clean-source-folders', '1');
    await live.until(/CleanSource = 0, CleanSourceFolders = 1: files GO FROM THE SOURCE .* for 30 days/);
    await live.until(/Cleaned from the source: d\/e\/ \(nothing was left in it\)/);
    await live.until(/Kept: d\/e /);
    // In one step: an empty file may be mirrored before its content is written.
    write(place.dir, 'c', 'content of c');
    renameSync(join(place.dir, 'c'), join(source, 'c'));
    await live.until(/Cleaned from the source: c \(verified here; it is in .*\/\.lanmirror\/trash\/.*\/c\)/);
    await live.until(/Kept: c \(not at the source; cleaned from the source\)/);
    const status = await passed('status');
    expect(status).toMatch(/Cleaning: files GO FROM THE SOURCE .* \(CleanSource = 0, .*\); 3 in this run/);
    expect(status).toMatch(/Kept: {5}4 entries .* \(cleaned from the source\)/);
    expect(await passed('history')).toMatch(/cleaned .* c\n/);
    await end(live);
    expect([filesIn(source), existsSync(join(source, 'd')), existsSync(join(source, 'd/e'))]).toEqual([
      [],
      true,
      false,
    ]);
    expect(trashOf(source).sort()).toEqual(['content of a', 'content of c', 'content of d/e/b']);
    expect([filesIn(target), trashOf(target)]).toEqual([['a', 'c', 'd/e/b'], []]);
  });

  test('what went stays here: without the rule, with both states lost, as no extra for verify, and is no loss that asks', async () => {
    const { source, target } = place;
    const paths = Array.from({ length: 230 }, (_none, at) => `d${at % 7}/f${at}`);
    fill(paths);
    expect(await ran(0, 'sync', ...CLEAN)).not.toContain('HELD');
    expect(filesIn(source)).toEqual([]);
    await passed('sync', ['--delete', 'mirror']);
    await passed('verify');
    loseStates();
    for (const name of readdirSync(source))
      if (name !== '.lanmirror') rmSync(join(source, name), { recursive: true });
    expect(await passed('sync', ['--delete', 'after 1 days'])).not.toContain('HELD');
    expect(await passed('sync')).toContain('entries kept here');
    expect([filesIn(target), trashOf(target)]).toEqual([[...paths].sort(), []]);
  });

  test('what the source has again is an ordinary file: it is taken over, and goes when it is deleted there', async () => {
    const { source, target } = place;
    fill(['a', 'b', 'stays/x']);
    await passed('sync', CLEAN);
    fill(['a', 'b']);
    expect(await passed('sync')).toContain('in sync, with 1 entry kept here');
    write(source, 'a', 'another a, later');
    await passed('sync');
    expect(readFileSync(join(target, 'a'), 'utf8')).toBe('another a, later');
    // Whether the rows have ended is asked of a client that remembers nothing.
    for (const name of ['a', 'b']) unlinkSync(join(source, name));
    loseStates();
    await passed('sync');
    expect(filesIn(target)).toEqual(['stays/x']);
    expect(trashOf(target)).toEqual(expect.arrayContaining(['another a, later', 'content of b']));
  });

  test.each([
    { what: 'another file', add: (at: string) => writeFileSync(at, 'another photo') },
    { what: 'a folder', add: (at: string) => mkdirSync(at) },
    { what: 'a link', add: (at: string) => symlinkSync('elsewhere', at) },
  ])(
    '$what under the name of what went waits, and is named: nothing replaces the only copy',
    async ({ add }) => {
      const { source, target } = place;
      fill(['d/DSC1.JPG', 'd/other']);
      await passed('sync', CLEAN);
      add(join(source, 'd/DSC1.JPG'));
      for (const isLost of [false, false, true]) {
        if (isLost) loseStates();
        const text = await passed('sync', [], 1);
        expect(text).toMatch(
          /Failed: d\/DSC1\.JPG: its place is taken by what was cleaned.*\(PLACE_CLEANED\)/,
        );
        expect([readFileSync(join(target, 'd/DSC1.JPG'), 'utf8'), trashOf(target)]).toEqual([
          'content of d/DSC1.JPG',
          [],
        ]);
      }
      renameSync(join(source, 'd/DSC1.JPG'), join(source, 'd/DSC2.JPG'));
      await passed('sync');
      expect(readdirSync(join(target, 'd')).sort()).toEqual(['DSC1.JPG', 'DSC2.JPG', 'other']);
      expect(readFileSync(join(target, 'd/DSC1.JPG'), 'utf8')).toBe('content of d/DSC1.JPG');
      renameSync(join(source, 'd/DSC2.JPG'), join(source, 'd/DSC1.JPG'));
      await passed('sync', [], 1);
      expect(readFileSync(join(target, 'd/DSC1.JPG'), 'utf8')).toBe('content of d/DSC1.JPG');
      rmSync(join(target, 'd/DSC1.JPG'));
      await passed('sync');
      expect(readdirSync(join(target, 'd')).sort()).toEqual(['DSC1.JPG', 'other']);
      expect(trashOf(target)).toEqual([]);
    },
  );

  test('a copy follows its folder that the source renames, and stays where a person puts it, with both states lost', async () => {
    const { source, target } = place;
    fill(['films/a', 'films/sub/b', 'music/c']);
    await passed('sync', CLEAN);
    const live = client('start');
    await live.until(/identical to the source/);
    write(source, 'films/new');
    write(source, 'music/new');
    await live.until(/Created: films\/new/);
    await live.until(/Created: music\/new/);
    renameSync(join(source, 'films'), join(source, 'movies'));
    await live.until(/Renamed: films -> movies/);
    write(source, 'films/a', 'another a under the old path');
    await live.until(/Created: films\/a/);
    await end(live);
    loseStates();
    await passed('sync');
    expect(readFileSync(join(target, 'movies/a'), 'utf8')).toBe('content of films/a');
    expect(readFileSync(join(target, 'movies/sub/b'), 'utf8')).toBe('content of films/sub/b');
    mkdirSync(join(target, 'mine'));
    renameSync(join(target, 'music/c'), join(target, 'mine/c renamed'));
    for (const isLost of [false, true]) {
      if (isLost) loseStates();
      await passed('sync');
      expect(readFileSync(join(target, 'mine/c renamed'), 'utf8')).toBe('content of music/c');
      expect(trashOf(target)).toEqual([]);
    }
    unlinkSync(join(target, 'mine/c renamed'));
    await passed('sync');
    expect(filesIn(target)).toEqual(['films/a', 'movies/a', 'movies/new', 'movies/sub/b', 'music/new']);
  });

  test('an edited copy stays, and so does what it was before: a row protects its place, whatever stands there', async () => {
    const { source, target } = place;
    fill(['p.jpg', 'd/x', 'e/y']);
    await passed('sync', [...CLEAN, '--trash', 'no']);
    // As exiftool and editors do it; and as a person retouches a picture, and gives it another name.
    renameSync(join(target, 'p.jpg'), join(target, 'p.jpg_original'));
    write(target, 'p.jpg', 'edited');
    appendFileSync(join(target, 'd/x'), ', retouched');
    renameSync(join(target, 'd/x'), join(target, 'd/x best'));
    const here = ['d/x best', 'e/y', 'p.jpg', 'p.jpg_original'];
    for (let runs = 0; runs < 2; runs += 1) await passed('sync', [...CLEAN, '--trash', 'no']);
    expect(filesIn(target).sort()).toEqual(here);
    // Its place is taken, and it stays.
    write(source, 'd/x', 'another x');
    await passed('sync', ['--trash', 'no']);
    loseStates();
    await passed('sync', ['--trash', 'no']);
    expect(filesIn(target).sort()).toEqual(['d/x', ...here]);
    expect(readFileSync(join(target, 'd/x best'), 'utf8')).toBe('content of d/x, retouched');
    expect(readFileSync(join(target, 'p.jpg'), 'utf8')).toBe('edited');
  });

  test('two copies with the same size and time both stay, after the source renamed the folder of the first', async () => {
    const { source, target } = place;
    const put = (path: string, text: string): void => {
      write(source, path, text);
      utimesSync(join(source, path), 1_600_000_000, 1_600_000_000);
    };
    put('a/x', 'first');
    await passed('sync', CLEAN);
    const live = client('start');
    await live.until(/identical to the source/);
    renameSync(join(source, 'a'), join(source, 'b'));
    await live.until(/Renamed: a -> b/);
    put('a/x', 'other');
    await live.until(/Created: a\/x/);
    await end(live);
    rmSync(join(source, 'b'), { recursive: true });
    loseStates();
    await passed('sync');
    expect(readFileSync(join(target, 'b/x'), 'utf8')).toBe('first');
    expect(readFileSync(join(target, 'a/x'), 'utf8')).toBe('other');
  });

  test('a folder never goes as one while what was cleaned stands below it, whatever the rules leave out; the rest goes', async () => {
    const { source, target } = place;
    fill(['a/raw/x', 'a/raw/more/y', 'b/z']);
    await passed('sync', CLEAN);
    fill(['a/plain', 'a/raw/ordinary', 'b/plain', 'stays']);
    await passed('sync');
    const hidden = ['--exclude', 'raw/, z'];
    await passed('sync', hidden);
    for (const name of ['a', 'b']) rmSync(join(source, name), { recursive: true });
    for (const isLost of [false, true]) {
      if (isLost) loseStates();
      await passed('sync', [...hidden, '--trash', 'no']);
      expect(filesIn(target)).toEqual(['a/raw/more/y', 'a/raw/ordinary', 'a/raw/x', 'b/z', 'stays']);
    }
    loseStates();
    await passed('sync');
    expect(filesIn(target)).toEqual(['a/raw/more/y', 'a/raw/x', 'b/z', 'stays']);
  });

  test.each([
    ['is missing', (record: string) => rmSync(record)],
    ['is older than what went', (record: string, older: string) => writeFileSync(record, older)],
  ])(
    'what went stays when the record %s, while the state, or the trash of the source, knows it',
    async (_what, lose) => {
      const { source, target } = place;
      const record = join(target, '.lanmirror/cleaned');
      fill(['a', 'd/b']);
      await passed('sync', CLEAN);
      const older = readFileSync(record, 'utf8');
      fill(['c']);
      await passed('sync', CLEAN);
      for (const isStateLost of [false, true]) {
        if (isStateLost) loseStates();
        lose(record, older);
        await passed('sync');
        expect([filesIn(target), filesIn(source)]).toEqual([['a', 'c', 'd/b'], []]);
      }
      // It was written anew: nothing else is asked by now.
      loseStates();
      rmSync(join(source, '.lanmirror/trash'), { recursive: true });
      await passed('sync');
      expect(filesIn(target)).toEqual(['a', 'c', 'd/b']);
    },
  );

  test.each([
    [
      'is damaged',
      (record: string) =>
        writeFileSync(record, readFileSync(record, 'utf8').replace('"path":"a"', '"path":"q"')),
      /line 2 of \.lanmirror\/cleaned is damaged/,
    ],
    [
      'cannot be read',
      (record: string) => {
        rmSync(record);
        mkdirSync(record);
      },
      /\.lanmirror\/cleaned cannot be used: /,
    ],
  ])(
    'while the record %s nothing is removed, that is named, and the rest goes on',
    async (_what, harm, said) => {
      const { source, target } = place;
      const record = join(target, '.lanmirror/cleaned');
      fill(['a', 'c']);
      await passed('sync', CLEAN);
      fill(['gone', 'changed']);
      await passed('sync');
      const whole = readFileSync(record, 'utf8');
      loseStates();
      rmSync(join(source, '.lanmirror'), { recursive: true });
      harm(record);
      unlinkSync(join(source, 'gone'));
      write(source, 'changed', 'another one');
      write(source, 'new');
      const text = await passed('sync', [], 1);
      expect(text).toMatch(new RegExp(`Failed: \\.lanmirror/cleaned: ${said.source}.*\\(CLEANED_RECORD\\)`));
      expect(filesIn(target)).toEqual(['a', 'c', 'changed', 'gone', 'new']);
      rmSync(record, { recursive: true });
      writeFileSync(record, whole);
      await passed('sync');
      expect(filesIn(target)).toEqual(['a', 'c', 'changed', 'new']);
      expect(readFileSync(join(target, 'changed'), 'utf8')).toBe('another one');
    },
  );

  test('a folder that holds what went does not give way to a file of its name: that waits, and is named', async () => {
    const { source, target } = place;
    fill(['d/x', 'd/e/y', 'z']);
    await passed('sync', CLEAN);
    rmSync(join(source, 'd'), { recursive: true });
    write(source, 'd', 'no folder any more');
    for (const isLost of [false, true]) {
      if (isLost) loseStates();
      const text = await passed('sync', [], 1);
      expect(text).toMatch(/Failed: d: it holds what was cleaned from the source.*\(CLEANED\)/);
      expect(text).toMatch(/Failed: d: its place is taken by what was cleaned .*\(PLACE_CLEANED\)/);
      expect([filesIn(target), trashOf(target)]).toEqual([['d/e/y', 'd/x', 'z'], []]);
    }
    renameSync(join(target, 'd'), join(target, 'mine'));
    await passed('sync');
    expect(filesIn(target)).toEqual(['d', 'mine/e/y', 'mine/x', 'z']);
    expect(trashOf(target)).toEqual([]);
  });

  test('what only looks like its copy, or was written by hand on the target, stays at the source and is named', async () => {
    const { source, target } = place;
    fill(['a', 'b']);
    await passed('sync');
    writeFileSync(join(source, 'a'), 'CONTENT of a');
    for (const end of [source, target]) utimesSync(join(end, 'b'), 1_600_000_000, 1_600_000_000);
    await passed('sync');
    appendFileSync(join(target, 'b'), ' and more');
    const text = await passed('sync', CLEAN);
    // The pass put right what was written on the target, and then both were the same.
    expect(text).toContain('Cleaned from the source: b ');
    expect(readFileSync(join(target, 'a'), 'utf8')).toBe('CONTENT of a');
    expect(trashOf(target)).toEqual(expect.arrayContaining(['content of b and more']));
  });

  test('what went is not in the trash here: restoring says where it is, and the line that takes it back does', async () => {
    const { source } = place;
    fill(["it's a film", 'd/b', 'd/c']);
    await passed('sync', [...CLEAN, '--clean-source-folders', '1']);
    const text = await passed('trash', ['restore', "it's a film"], 1);
    expect(text).toContain('Nothing was restored: nothing of that is in the trash.\nCleaned from the source');
    expect(text).not.toContain('d/b');
    const [, line = ''] = /^ {2}(mv .*)$/m.exec(text) ?? [];
    execFileSync('sh', ['-c', line]);
    const [, other = ''] = /^ {2}(mkdir .*)$/m.exec(await passed('trash', ['restore', 'd/b'], 1)) ?? [];
    execFileSync('sh', ['-c', other]);
    expect(filesIn(source)).toEqual(['d/b', "it's a film"]);
  });

  test('a dry run says what would go, and changes nothing', async () => {
    const { dir, source } = place;
    fill(['a', 'd/b']);
    await passed('sync');
    write(source, 'c');
    const before = [contentOf(source), contentOf(place.target)];
    const text = await passed('sync', [...CLEAN, '--dry-run']);
    for (const path of ['a', 'd/b', 'c'])
      expect(text).toContain(`Would clean from the source, once it is verified here: ${path}\n`);
    expect([contentOf(source), contentOf(place.target)]).toEqual(before);
    expect(existsSync(join(dir, 'target/.lanmirror/cleaned'))).toBe(false);
  });

  test('a folder in which only is left what rules leave out goes with its files, by any kind of rule; a dry run names it', async () => {
    const { source, target } = place;
    fill(['d/a', 'd/e/b', 'd/e/x.tmp', 'd/by/file.hidden', 'stays/c', 'stays/y.tmp', 'stays/later']);
    write(source, 'd/huge', 'x'.repeat(5000));
    write(source, '.mirrorignore', '*.hidden\n');
    const rules = ['--exclude', '*.tmp', '--max-size', '1K', '--ignore-files', '.mirrorignore'];
    const folders = ['--clean-source-folders', '2', '--clean-source-non-empty', 'yes'];
    await passed('sync', rules);
    const before = contentOf(source);
    const dry = await passed('sync', [...rules, ...CLEAN, ...folders, '--dry-run']);
    expect(dry).toMatch(/Would clean from the source, with what the rules leave out in it: d\/\n/);
    expect(contentOf(source)).toEqual(before);
    // The rules in it would go with the ignore file, and then its files are mirrored ones.
    linkSync(join(source, '.mirrorignore'), join(source, 'second name.tmp'));
    linkSync(join(source, 'stays/later'), join(source, 'second.tmp'));
    const text = await passed('sync', [...rules, ...CLEAN, ...folders]);
    expect(text).toMatch(
      /Cleaned from the source: d\/ \(3 files were left in it, .*\.lanmirror\/trash\/.*\/d/,
    );
    expect(existsSync(join(source, 'd'))).toBe(false);
    expect(filesIn(source)).toEqual(
      ['.mirrorignore', 'second name.tmp', 'second.tmp', 'stays/later', 'stays/y.tmp'].sort(),
    );
    expect(trashOf(source)).toEqual(expect.arrayContaining(['content of d/e/x.tmp', 'x'.repeat(5000)]));
    expect(await passed('history')).toMatch(/cleaned +folder +d\n/);
    expect([filesIn(target), trashOf(target)]).toEqual([
      ['.mirrorignore', 'd/a', 'd/e/b', 'stays/c', 'stays/later'],
      [],
    ]);
    await passed('verify', rules);
  });

  test('a kill before the source knew that its last files went asks nobody; without its trash it may be another disk, and asks', async () => {
    const { dir, source, target } = place;
    fill(['a', 'd/b', 'd/e/c']);
    await passed('sync');
    cpSync(join(dir, 'client-state'), join(dir, 'before'), { recursive: true });
    await passed('sync', [...CLEAN, '--clean-source-folders', '9']);
    expect(readdirSync(source)).toEqual(['.lanmirror']);
    const forget = (): void => {
      loseStates();
      cpSync(join(dir, 'before'), join(dir, 'client-state'), { recursive: true });
    };
    forget();
    renameSync(join(source, '.lanmirror'), join(dir, 'away'));
    expect(await passed('sync', CLEAN, 3)).toMatch(/the folder is empty, but it held files before/);
    forget();
    renameSync(join(dir, 'away'), join(source, '.lanmirror'));
    expect(await passed('sync', CLEAN)).not.toMatch(/empty|HELD/);
    expect([filesIn(target), trashOf(target)]).toEqual([['a', 'd/b', 'd/e/c'], []]);
    expect(await passed('sync')).toContain('kept here');
  });

  test('killed at any moment: every content is at the source, or here and written down; the next starts end it', async () => {
    const { source, target } = place;
    const paths = Array.from({ length: 400 }, (_none, at) => `d${at % 5}/f${at}`);
    fill(paths);
    await ran(0, 'sync');
    let random = SEED;
    for (let kill = 0; kill < 5; kill += 1) {
      random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
      const left = filesIn(source).length;
      if (left === 0) break;
      const live = client('start', ...CLEAN);
      const wanted = 1 + (random % Math.min(left, 60));
      await live.until(new RegExp(`(?:Cleaned from the source: .*\\n(?:(?!Cleaned).*\\n)*){${wanted}}`));
      live.process.kill('SIGKILL');
      await live.ended();
      for (const path of paths) {
        const place = existsSync(join(source, path)) ? source : target;
        expect([SEED, readFileSync(join(place, path), 'utf8')]).toEqual([SEED, `content of ${path}`]);
      }
    }
    const text = await passed('sync', CLEAN);
    expect([SEED, text.includes('HELD')]).toEqual([SEED, false]);
    expect([SEED, filesIn(source)]).toEqual([SEED, []]);
    loseStates();
    await passed('sync');
    expect(filesIn(target)).toEqual([...paths].sort());
    expect(trashOf(source)).toHaveLength(400);
  }, 120_000);
});

test('what changed less than a minute ago stays, and a pass says so', async () => {
  fill(['a', 'b']);
  const program = clientAhead(0, 'sync', ...CLEAN);
  expect(await program.ended()).toBe(0);
  expect(program.output()).toContain(
    'Not cleaned from the source yet: 2 files that changed less than a minute ago.',
  );
  expect([filesIn(place.source), filesIn(place.target)]).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
});

test('after N days: not before they have passed for this mirror, and at once when they have', async () => {
  const { source, target } = place;
  fill(['a']);
  const rule = ['--clean-source', 'after 3 days'];
  await passed('sync', rule);
  expect(filesIn(source)).toEqual(['a']);
  expect(await passed('sync', [...rule, '--dry-run'])).not.toContain('Would clean');
  write(source, 'b');
  for (const days of [2, 1]) {
    await passed('sync', rule);
    expect(filesIn(source)).toEqual(['a', 'b']);
    await letPass(days * DAY_MS);
    if (days === 2) unlinkSync(join(source, 'b'));
    if (days === 2) write(source, 'b', 'a new version of b');
  }
  expect(await passed('sync', rule)).toContain('Cleaned from the source: a ');
  expect([filesIn(source), filesIn(target)]).toEqual([['b'], ['a', 'b']]);
});

test.each([
  { from: 'synced', left: ['a'] },
  { from: 'created', left: [] },
])(
  'after N days from $from: a file that was created three days before it was mirrored, and is believed a day later',
  async ({ from, left }) => {
    fill(['a']);
    const { birthtimeNs, ctimeNs } = lstatSync(place.source, { bigint: true });
    if (birthtimeNs === 0n || birthtimeNs === ctimeNs)
      throw new Error('this disk does not tell when files were created: set TMPDIR to one that does');
    const rule = ['--clean-source', 'after 2 days', '--clean-source-from', from];
    const threeDaysOn = async (): Promise<void> => {
      const pass = clientAhead(3 * DAY_MS, 'sync', ...rule);
      expect([await pass.ended(), pass.output()]).toEqual([0, expect.any(String)]);
    };
    await threeDaysOn();
    expect(filesIn(place.source)).toEqual(['a']);
    await letPass(DAY_MS);
    await threeDaysOn();
    expect([filesIn(place.source), filesIn(place.target)]).toEqual([left, ['a']]);
  },
);

describe('what is refused', () => {
  test('a rule without a Source, with its line', async () => {
    const ini = join(place.dir, 'client.ini');
    writeFileSync(ini, `[Client]\nTargetDir = ${place.target}\nServerIP = nas\nCleanSource = 0\n`);
    const wrong = place.run('client', ['start']);
    expect(await wrong.ended()).toBe(2);
    expect(wrong.output()).toContain(`${ini} line 4, CleanSource is about a folder of this machine`);
  });

  test('a source that is the target of a mirror: what went would come again', async () => {
    fill(['a']);
    await passed('sync');
    const second = place.run('client', [
      ...[
        'sync',
        '--config',
        '/dev/null',
        '--source',
        place.target,
        '--target-dir',
        join(place.dir, 'second'),
      ],
      ...['--state-dir', join(place.dir, 'second-state'), ...CLEAN],
    ]);
    expect([await second.ended(), second.output()]).toEqual([
      2,
      expect.stringContaining('is the target of a mirror'),
    ]);
    expect(filesIn(place.target)).toEqual(['a']);
  });
  test('a source that lies in the target of a mirror: what went would come again', async () => {
    fill(['a', 'd/b']);
    await passed('sync');
    const inner = join(place.target, 'd');
    const second = place.run('client', [
      ...['sync', '--config', '/dev/null', '--source', inner, '--target-dir', join(place.dir, 'second')],
      ...['--state-dir', join(place.dir, 'second-state'), ...CLEAN],
    ]);
    expect([await second.ended(), second.output()]).toEqual([
      2,
      expect.stringContaining(`lies in ${place.target}, which is the target of a mirror`),
    ]);
    expect(filesIn(place.target)).toEqual(['a', 'd/b']);
  });
});
