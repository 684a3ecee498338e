import { microseconds, PARKED_PARENT } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { hashBytes, loadHash, type OwnJournal, TreeError } from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import type { EntryKind } from '@lanmirror/protocol';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createMemoryTree, type MemoryTree } from '../../../engine/src/tree/memory/memory-tree.ts';
import { CleanedRecord, type CleanedRow, emptyRecord } from '../clean/cleaned-record.ts';
import { diskFacts } from '../state/baseline-entry.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { CleanedDesk, type CleanedFile, type DeskHost, type Forgotten } from './cleaned-desk.ts';

const ROOT = 1;
const FOLDER = 2;

let state: MirrorState;
let tree: MemoryTree;
let record: CleanedRecord;
let forgot: string[];

beforeAll(loadHash);
beforeEach(() => {
  state = new MirrorState(createMemoryStore());
  tree = createMemoryTree();
  record = emptyRecord();
  forgot = [];
  know('baseline', ROOT, 0, '', 'directory');
  know('baseline', FOLDER, ROOT, 'd', 'directory');
  tree.user.mkdir('d');
});

/** Something that the books have, as it stands there. */
function know(table: 'baseline' | 'kept', id: number, parentId: number, name: string, kind: EntryKind): void {
  const facts = { version: 1, sizeBytes: 0, mtimeUs: 0, mode: 0o755, linkTarget: '' };
  const stat = kind === 'file' ? tree.stat(pathOf(parentId, name)) : undefined;
  const disk = stat ? diskFacts(stat) : { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };
  state.transact(() =>
    state[table].put({
      ...{ id, parentId, name, kind, ...facts },
      hash: null,
      disk,
      bornMs: 0,
      checkpoint: 0,
    }),
  );
}

const pathOf = (parentId: number, name: string): string => (parentId === FOLDER ? `d/${name}` : name);

/** Files that stand here and were cleaned from the source. */
function clean(...paths: string[]): void {
  for (const path of paths) tree.user.write(path, `content of ${path}`);
  record.add(paths.map((path) => rowOf(path, `content of ${path}`)));
}

function rowOf(path: string, text: string): CleanedRow {
  const stat = tree.stat(path);
  return {
    ...{ path, sizeBytes: text.length, mtimeUs: microseconds(stat?.mtimeNs ?? 0n), cleanedMs: 1000 },
    hash: Buffer.from(hashBytes(new TextEncoder().encode(text))).toString('hex'),
  };
}

function deskWith(changes: Partial<DeskHost> = {}): CleanedDesk {
  return new CleanedDesk({
    ...{ state, tree, record, clock: systemClock, isThere: async () => true },
    afterLook: looked,
    isKeptByRule: () => false,
    lineFor: (command) => `${command} --job films`,
    forgot: (path) => void forgot.push(path),
    ...changes,
  });
}

async function looked(work: () => Promise<void>): Promise<string> {
  await work();
  return '';
}

/** A look at the target that gives these rows to what it finds. */
const finding =
  (...rows: CleanedRow[]): DeskHost['afterLook'] =>
  (work) => {
    record.add(rows);
    return looked(work);
  };

async function shown(desk: CleanedDesk, typed = ''): Promise<CleanedFile[]> {
  const files: CleanedFile[] = [];
  await desk.show(typed, async (file) => void files.push(file));
  return files;
}

/** How each stands that is offered, what would be released, and what becomes of it. */
async function offered(desk: CleanedDesk, typed = '') {
  const files: string[] = [];
  const { token, released } = await desk.offer(
    typed,
    async ({ path, standing, why }) => void files.push(`${path} ${standing}${why === '' ? '' : ` ${why}`}`),
  );
  return { files, token, released };
}

async function forget(desk: CleanedDesk, token: number): Promise<string[]> {
  const all: Forgotten[] = [];
  await desk.forget(token, async (one) => void all.push(one));
  return all.map(({ path, outcome }) => `${path} ${outcome}`);
}

describe('what is shown', () => {
  test('is each file that was cleaned, with what became of its copy, by path', async () => {
    clean('d/same', 'd/edited', 'd/gone', 'd/folder', 'd/other content');
    tree.user.write('d/edited', 'edited by a person');
    for (const path of ['d/gone', 'd/folder']) tree.user.remove(path);
    tree.user.mkdir('d/folder');
    tree.user.write('d/unproved', 'x');
    record.add([{ ...rowOf('d/unproved', 'x'), hash: '' }]);
    // Somebody put back size and time, and the books know the content.
    know('kept', -5, FOLDER, 'other content', 'file');
    const known = state.kept.get(-5);
    if (known !== undefined) state.transact(() => state.kept.put({ ...known, hash: Uint8Array.of(1) }));
    expect((await shown(deskWith())).map(({ path, standing, kind }) => [path, standing, kind])).toEqual([
      ['d/edited', 'changed', 'file'],
      ['d/folder', 'changed', 'directory'],
      ['d/gone', 'gone', null],
      ['d/other content', 'changed', 'file'],
      ['d/same', 'same', 'file'],
      ['d/unproved', 'unproved', 'file'],
    ]);
  });

  test('has the size there or the one that it had, when it was cleaned, and whether the source has that path', async () => {
    clean('d/edited', 'd/gone');
    tree.user.write('d/edited', '12345');
    tree.user.remove('d/gone');
    const facts = { version: 1, sizeBytes: 0, mtimeUs: 0, mode: 0o755, linkTarget: '', sequence: 1 };
    state.transact(() => {
      state.view.put({ id: ROOT, parentId: 0, name: '', kind: 'directory', ...facts });
      state.view.put({ id: FOLDER, parentId: ROOT, name: 'd', kind: 'directory', ...facts });
      state.view.put({ id: 9, parentId: FOLDER, name: 'gone', kind: 'file', ...facts });
    });
    expect(await shown(deskWith())).toMatchObject([
      { path: 'd/edited', sizeBytes: 5, cleanedMs: 1000, isAtSource: false },
      { path: 'd/gone', sizeBytes: 'content of d/gone'.length, cleanedMs: 1000, isAtSource: true },
    ]);
  });

  test('is what a pattern names, and a pattern that names none of it is refused', async () => {
    clean('a', 'd/b', 'd/c[1]');
    const paths = async (typed: string): Promise<string[]> =>
      (await shown(deskWith(), typed)).map(({ path }) => path);
    expect(await paths('d')).toEqual(['d/b', 'd/c[1]']);
    expect(await paths('d/c[1]')).toEqual(['d/c[1]']);
    expect(await paths('*')).toEqual(['a', 'd/b', 'd/c[1]']);
    await expect(paths('nothing')).rejects.toMatchObject({ code: 'NO_MATCH', exitCode: 2 });
    await expect(offered(deskWith(), 'nothing')).rejects.toMatchObject({ code: 'NO_MATCH', exitCode: 2 });
  });

  test('is nothing while the target is not there, or what is noted cannot be relied on', async () => {
    clean('a');
    let isThere = true;
    const desk = deskWith({ isThere: async () => isThere });
    await expect(
      desk.show('', async () => {
        isThere = false;
      }),
    ).rejects.toMatchObject({ code: 'TARGET_AWAY' });
    await expect(shown(desk)).rejects.toMatchObject({ code: 'TARGET_AWAY' });
    const read = (): boolean => {
      throw new TreeError('IO', '.lanmirror/cleaned', 'broken');
    };
    const damaged = new CleanedRecord({ read, append: () => undefined });
    await expect(shown(deskWith({ record: damaged }))).rejects.toMatchObject({ code: 'CLEANED_UNKNOWN' });
    await expect(offered(deskWith({ record: damaged }))).rejects.toMatchObject({ code: 'CLEANED_UNKNOWN' });
  });
});

describe('what is never forgotten', () => {
  test('is what has anything at its place, or cannot be looked at', async () => {
    clean('d/same', 'd/edited', 'd/folder', 'd/denied');
    tree.user.write('d/edited', 'edited');
    tree.user.remove('d/folder');
    tree.user.mkdir('d/folder');
    tree.failNext('d/denied', 'DENIED');
    const desk = deskWith();
    const { files, token } = await offered(desk);
    expect(files).toEqual(['d/denied unknown DENIED', 'd/edited changed', 'd/folder changed', 'd/same same']);
    expect(await forget(desk, token)).toEqual([]);
    expect([record.count, forgot]).toEqual([4, []]);
  });

  test('is what may be behind a link that stands for its folder', async () => {
    clean('e/f/x');
    tree.user.rename('e', 'moved away');
    tree.user.symlink('e', '/another/disk');
    expect((await offered(deskWith(), 'e')).files).toEqual(['e/f/x unknown a link stands at e']);
  });

  test('is what a person moved to where no look notes it: there the row may be all that keeps it', async () => {
    clean('d/a', 'd/b');
    tree.user.mkdir('mine');
    tree.user.rename('d/a', 'mine/renamed');
    tree.user.remove('d/b');
    const desk = deskWith();
    const { files, token } = await offered(desk);
    expect(files).toEqual(['d/a moved mine/renamed', 'd/b gone']);
    expect(await forget(desk, token)).toEqual(['d/b forgotten']);
    expect(record.paths()).toEqual(['d/a']);
    const row = record.rowAt('d/a');
    if (row !== undefined) record.copy([{ row, path: 'mine/renamed' }]);
    expect((await offered(desk)).files).toEqual(['d/a gone', 'mine/renamed same']);
  });

  test('is any of it while a folder cannot be looked into: a copy may have been moved there', async () => {
    clean('d/a');
    tree.user.remove('d/a');
    tree.user.mkdir('secret');
    tree.failNext('secret', 'DENIED', { operation: 'list' });
    await expect(offered(deskWith())).rejects.toMatchObject({ code: 'NOT_ALL_SEEN', exitCode: 1 });
  });

  test('is what has a name that is not UTF-8, or may be in a folder with one: nobody can look at that', async () => {
    clean('d/a');
    tree.user.remove('d/a');
    tree.user.writeUndecodable('d', 'f\\xfclm');
    const desk = deskWith();
    await expect(offered(desk)).rejects.toMatchObject({ code: 'NOT_ALL_SEEN' });
    await expect(offered(desk)).rejects.toThrow('its name is not UTF-8');
    expect(record.count).toBe(1);
  });

  test('is any of the files that equal one by size and time when one was moved: nobody knows which', async () => {
    clean('d/a', 'd/b', 'd/c');
    // Three contents, of one size and time.
    record.add(record.rows().map((row) => ({ ...row, mtimeUs: 5_000_000 })));
    tree.user.mkdir('mine');
    tree.user.rename('d/b', 'mine/b');
    tree.user.touch('mine/b', 5_000_000_000n);
    for (const path of ['d/a', 'd/c']) tree.user.remove(path);
    const desk = deskWith();
    const moved = ['d/a moved mine/b', 'd/b moved mine/b', 'd/c moved mine/b'];
    expect((await offered(desk)).files).toEqual(moved);
    // A look has given it the row of one of them, which may be that of another.
    const row = record.rowAt('d/a');
    if (row !== undefined) record.add([{ ...row, path: 'mine/b' }]);
    const { files, token } = await offered(desk, 'd');
    expect(files).toEqual(['d/a gone', ...moved.slice(1)]);
    expect(await forget(desk, token)).toEqual(['d/a forgotten']);
    expect([...record.paths()].sort()).toEqual(['d/b', 'd/c', 'mine/b']);
  });

  test('is what stays for a row and was moved, and that row: where it stands nothing else keeps it', async () => {
    clean('d/a', 'd/b');
    for (const path of ['d/a', 'd/b']) tree.user.remove(path);
    tree.user.write('d/best', 'retouched');
    record.add([{ ...rowOf('d/best', 'retouched'), hash: '', vacantPath: 'd/a' }]);
    tree.user.mkdir('mine');
    tree.user.rename('d/best', 'mine/final');
    const desk = deskWith();
    for (const typed of ['d/a', 'd', 'd/best']) {
      const { files, token } = await offered(desk, typed);
      expect(files.filter((file) => !file.startsWith('d/b '))).toEqual(
        ['d/a moved mine/final', 'd/best moved mine/final'].filter(
          (file) => typed === 'd' || file.startsWith(`${typed} `),
        ),
      );
      await forget(desk, token);
    }
    expect([...record.paths()].sort()).toEqual(['d/a', 'd/best']);
  });

  test('is what came back under another name, or is found beside it, while the question was asked', async () => {
    clean('d/a');
    const mtimeNs = tree.stat('d/a')?.mtimeNs;
    tree.user.remove('d/a');
    let found: CleanedRow[] = [];
    const desk = deskWith({ afterLook: (work) => finding(...found)(work) });
    const first = await offered(desk);
    tree.user.write('d/edited', 'edited and renamed');
    found = [{ ...rowOf('d/edited', 'edited and renamed'), hash: '', vacantPath: 'd/a' }];
    await expect(forget(desk, first.token)).rejects.toMatchObject({
      ...{ code: 'CHANGED', nextStep: expect.stringContaining('"cleaned forget --job films"') },
    });
    const { token, released } = await offered(desk, 'd/a');
    expect(released).toEqual(['d/edited']);
    tree.user.write('back', 'content of d/a');
    tree.user.touch('back', mtimeNs);
    expect(await forget(desk, token)).toEqual(['d/a moved']);
    expect([...record.paths()].sort()).toEqual(['d/a', 'd/edited']);
  });

  test('is what the look at the target has just found, without being named', async () => {
    clean('d/a', 'd/b');
    const row = rowOf('d/a', 'content of d/a');
    tree.user.rename('d/a', 'd/moved');
    tree.user.write('d/b', 'edited');
    tree.user.rename('d/b', 'd/edited');
    const edited = { ...rowOf('d/edited', 'edited'), hash: '', vacantPath: 'd/a' };
    const desk = deskWith({ afterLook: finding({ ...row, path: 'd/moved' }, edited) });
    const { files, released } = await offered(desk, '**');
    expect(files).toEqual(['d/a gone', 'd/b gone', 'd/edited unproved', 'd/moved same']);
    expect(released).toEqual(['d/edited']);
  });

  test('is what has its place again since it was shown', async () => {
    clean('d/a', 'd/b');
    for (const path of ['d/a', 'd/b']) tree.user.remove(path);
    const desk = deskWith();
    const { token } = await offered(desk);
    tree.user.write('d/a', 'it is back');
    expect(await forget(desk, token)).toEqual(['d/a changed', 'd/b forgotten']);
    expect(record.paths()).toEqual(['d/a']);
  });
});

describe('what is forgotten', () => {
  test('may be a copy of which something else has the place: it is listed by its former path, and what has the place stays noted', async () => {
    clean('d/a', 'd/other');
    tree.user.remove('d/a');
    clean('d/a');
    record.add([{ ...rowOf('d/a', 'another content'), path: 'd/a' }]);
    record.add([{ ...rowOf('d/other', ''), path: 'd/best', hash: '', vacantPath: 'd/a' }]);
    record.displace(['d/a']);
    clean('d/a');
    const files = await shown(deskWith());
    expect(files.map(({ path, standing, hasNoPlace }) => [path, standing, hasNoPlace])).toEqual(
      expect.arrayContaining([
        ['d/a', 'same', false],
        ['d/a', 'gone', true],
        ['d/best', 'gone', false],
      ]),
    );
    expect(files.find(({ path }) => path === 'd/best')?.vacantPath).toBe('d/a');
    const desk = deskWith();
    const { token } = await offered(desk, 'd/a');
    expect(await forget(desk, token)).toEqual(expect.arrayContaining(['d/a forgotten']));
    expect([...record.paths()].sort()).toEqual(['d/a', 'd/other']);
  });

  test('is never what is parked: where it stands nobody looks', async () => {
    clean('d/a');
    know('baseline', 7, ROOT, 'moving', 'directory');
    const moving = state.baseline.get(7);
    if (moving !== undefined)
      state.transact(() => state.baseline.put({ ...moving, parentId: PARKED_PARENT }));
    record.park('d', 7);
    const desk = deskWith();
    const { files, token } = await offered(desk);
    expect(files).toEqual(['d/a unknown it is being renamed']);
    expect(await forget(desk, token)).toEqual([]);
    expect(record.count).toBe(1);
  });

  test('has no row, and is not kept in the books any more', async () => {
    clean('d/a', 'd/b');
    know('kept', -5, FOLDER, 'a', 'file');
    know('kept', -6, FOLDER, 'b', 'file');
    tree.user.remove('d/a');
    const desk = deskWith();
    const { token } = await offered(desk, 'd');
    expect(await forget(desk, token)).toEqual(['d/a forgotten']);
    expect([record.paths(), forgot]).toEqual([['d/b'], ['d/a']]);
    expect([state.kept.get(-5), state.kept.get(-6)?.name]).toEqual([undefined, 'b']);
  });

  test('takes along what stays for it alone, as far as that was shown', async () => {
    clean('d/a');
    tree.user.remove('d/a');
    const beside = (path: string): CleanedRow => ({ ...rowOf(path, ''), hash: '', vacantPath: 'd/a' });
    tree.user.write('d/best', 'retouched');
    record.add([beside('d/best'), beside('d/deleted as well')]);
    const desk = deskWith();
    const first = await offered(desk, 'd/a');
    expect(first.released).toEqual(['d/best']);
    tree.user.write('d/new', 'added since');
    record.add([beside('d/new')]);
    await expect(forget(desk, first.token)).rejects.toMatchObject({ code: 'CHANGED' });
    expect(record.count).toBe(4);
    const { token, released } = await offered(desk, 'd/a');
    expect(released).toEqual(['d/best', 'd/new']);
    expect(await forget(desk, token)).toEqual(['d/a forgotten', 'd/best released', 'd/new released']);
    expect(record.isEmpty).toBe(true);
  });

  test('takes along what a rule kept before and no longer does: it is named, and has a row while another place is empty', async () => {
    clean('d/a', 'd/b');
    for (const path of ['d/a', 'd/b']) tree.user.remove(path);
    for (const name of ['mine', 'by rule']) tree.user.write(`d/${name}`, 'older than the empty place');
    tree.user.write('d/was at the source', 'x');
    know('kept', -5, FOLDER, 'mine', 'file');
    know('kept', -6, FOLDER, 'by rule', 'file');
    know('kept', 7, FOLDER, 'was at the source', 'file');
    const desk = deskWith({ isKeptByRule: (path) => path === 'd/by rule' });
    const first = await offered(desk, 'd/a');
    expect(first.released).toEqual([]);
    expect(await forget(desk, first.token)).toEqual(['d/a forgotten']);
    expect(record.rowAt('d/mine')).toMatchObject({ hash: '', vacantPath: 'd/b' });
    record.end(['d/mine']);
    const { token, released } = await offered(desk, 'd/b');
    expect(released).toEqual(['d/mine']);
    expect(await forget(desk, token)).toEqual(['d/b forgotten', 'd/mine released']);
    expect(record.isEmpty).toBe(true);
  });

  test('is only the list that was shown last, once, and nothing while nothing may be changed', async () => {
    clean('d/a', 'd/b');
    for (const path of ['d/a', 'd/b']) tree.user.remove(path);
    const desk = deskWith();
    const { token } = await offered(desk, 'd/a');
    const second = await offered(desk, 'd/b');
    await expect(forget(desk, token)).rejects.toMatchObject({ code: 'NOT_SHOWN' });
    expect(await forget(desk, second.token)).toEqual(['d/b forgotten']);
    await expect(forget(desk, second.token)).rejects.toMatchObject({ code: 'NOT_SHOWN' });
    let why = '';
    const waiting = deskWith({ afterLook: async (work) => why || looked(work) });
    const third = await offered(waiting);
    why = 'it is a dry run';
    await expect(forget(waiting, third.token)).rejects.toMatchObject({
      ...{
        code: 'NOT_LOOKED',
        exitCode: 3,
        message: expect.stringContaining('cannot now: it is a dry run.'),
      },
      nextStep: expect.stringContaining('"status --job films"'),
    });
    await expect(offered(waiting)).rejects.toMatchObject({ code: 'NOT_LOOKED' });
    expect(record.paths()).toEqual(['d/a']);
  });

  test('is nothing when the target went away in between: all seems to be gone then', async () => {
    clean('d/a');
    tree.user.remove('d/a');
    let isThere = true;
    const desk = deskWith({ isThere: async () => isThere });
    const { token } = await offered(desk);
    isThere = false;
    await expect(forget(desk, token)).rejects.toMatchObject({ code: 'TARGET_AWAY' });
    expect(record.count).toBe(1);
  });

  test.each([false, true])(
    'leaves after a kill between any two lines no row that stays for one which is no more (another place is empty: %s)',
    async (isOtherEmpty) => {
      clean('d/a', 'd/b');
      tree.user.remove('d/a');
      if (isOtherEmpty) tree.user.remove('d/b');
      let text = '';
      const journal: OwnJournal = {
        read: (line) => {
          for (const one of text.split('\n')) line(one);
          return true;
        },
        append: (more) => {
          text += more;
        },
      };
      const beside = (path: string): CleanedRow => ({ ...rowOf(path, ''), hash: '', vacantPath: 'd/a' });
      const whole = new CleanedRecord(journal);
      whole.add([...record.rows(), beside('d/x'), beside('d/y')]);
      const before = text;
      const desk = deskWith({ record: whole });
      await forget(desk, (await offered(desk, 'd/a')).token);
      const lines = text
        .slice(before.length)
        .split('\n')
        .filter((one) => one !== '');
      expect(lines).toHaveLength(3);
      for (let count = 0; count <= 3; count += 1) {
        text = [before, ...lines.slice(0, count)].join('\n');
        const after = new CleanedRecord(journal);
        expect(after.look()).toBe('');
        const lost = after
          .rows()
          .filter(({ vacantPath }) => vacantPath !== undefined && after.rowAt(vacantPath) === undefined);
        expect([count, lost]).toEqual([count, []]);
      }
    },
  );

  test('is nothing when it cannot be written down', async () => {
    clean('d/a');
    tree.user.remove('d/a');
    let isFull = false;
    const full = new CleanedRecord({
      read: (line) => {
        line('');
        return true;
      },
      append: () => {
        if (isFull) throw new TreeError('NO_SPACE', '.lanmirror/cleaned', 'full');
      },
    });
    full.add(record.rows());
    const desk = deskWith({ record: full });
    const { token } = await offered(desk);
    isFull = true;
    await expect(forget(desk, token)).rejects.toMatchObject({ code: 'NOT_WRITTEN' });
    expect([full.paths(), forgot]).toEqual([['d/a'], []]);
  });
});
