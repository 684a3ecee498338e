import { TreeError } from '@lanmirror/engine/tree';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CleanedRecord,
  type CleanedRow,
  type CopyLook,
  emptyRecord,
  type RowMemory,
} from './cleaned-record.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`cleaned-record.test SEED=${SEED}`);

const row = (path: string, change: Partial<CleanedRow> = {}): CleanedRow => ({
  ...{ path, sizeBytes: 3, mtimeUs: 7, hash: '0a0b', cleanedMs: 1 },
  ...change,
});
const entry = (path: string, look: Partial<CopyLook> = {}, hash: Uint8Array | null = null) => ({
  ...{ path, sizeBytes: 3, mtimeUs: 7, hash },
  ...look,
});
const nothing = (): undefined => undefined;
/** What stands at every path, with the content of the rows. */
const everything = () => ({ sizeBytes: 3, mtimeUs: 7, hash: Uint8Array.of(10, 11) });

/** A journal in memory, whose last `lost` characters a power cut may take. */
function memory(start?: string) {
  const file = { text: start, appends: 0 };
  const journal = {
    read: (line: (text: string) => void) => {
      for (const text of file.text?.split('\n') ?? []) line(text);
      return file.text !== undefined;
    },
    append: (more: string) => {
      file.text = (file.text ?? '') + more;
      file.appends += 1;
    },
  };
  return { file, journal };
}

describe('a copy stays', () => {
  test('by the path of its row, whatever is in it', () => {
    const record = emptyRecord();
    record.add([row('d/a')]);
    expect(record.rowFor(entry('d/a', { sizeBytes: 99 }), everything)?.path).toBe('d/a');
    expect(record.rowFor(entry('d/b', { sizeBytes: 99 }), nothing)).toBeUndefined();
  });

  test('under another path by size and time, unless the path of its row is known to have that very file; with a known hash by that, too', () => {
    const record = emptyRecord();
    record.add([row('d/a')]);
    expect(record.rowFor(entry('e/a'), nothing)?.path).toBe('d/a');
    expect(record.rowFor(entry('e/a'), () => ({ sizeBytes: 4, mtimeUs: 7 }))?.path).toBe('d/a');
    expect(record.rowFor(entry('e/a'), everything)).toBeUndefined();
    // Another file may have its size and time.
    for (const hash of [null, Uint8Array.of(10, 12)])
      expect(record.rowFor(entry('e/a'), () => ({ ...everything(), hash }))?.path).toBe('d/a');
    expect(record.rowFor(entry('e/a', { mtimeUs: 8 }), nothing)).toBeUndefined();
    expect(record.rowFor(entry('e/a', {}, Uint8Array.of(10, 11)), nothing)?.path).toBe('d/a');
    expect(record.rowFor(entry('e/a', {}, Uint8Array.of(10, 12)), nothing)).toBeUndefined();
  });
});

test('a record that is read again is the one that was written, in any order of rows, renames and ends', () => {
  const path = fc.constantFrom('a', 'b', 'c', 'd/文');
  const deed = fc.oneof(
    fc.record({ do: fc.constant('add' as const), path, sizeBytes: fc.nat(3) }),
    fc.record({ do: fc.constant('end' as const), path }),
    fc.record({ do: fc.constant('move' as const), path, to: path }),
  );
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 20 }), (deeds) => {
      const { journal } = memory();
      const record = new CleanedRecord(journal);
      for (const one of deeds) {
        const known = record.rowAt(one.path);
        if (one.do === 'add') record.add([row(one.path, { sizeBytes: one.sizeBytes })]);
        else if (one.do === 'end') record.end([one.path]);
        else if (known !== undefined && one.to !== one.path) record.move(known, one.to);
      }
      const again = new CleanedRecord(journal);
      again.refresh();
      expect(again.paths().map((at) => again.rowAt(at))).toEqual(
        expect.arrayContaining(record.paths().map((at) => record.rowAt(at))),
      );
      expect(again.count).toBe(record.count);
    }),
    { seed: SEED },
  );
});

test('a line that was written in part loses itself alone, and who adds to it says so', () => {
  const { file, journal } = memory();
  new CleanedRecord(journal).add([row('a'), row('b')]);
  file.text = `${file.text?.slice(0, -5)}`;
  new CleanedRecord(journal).add([row('c')]);
  file.text += '\n{"path":"d';
  const record = new CleanedRecord(journal);
  record.refresh();
  expect(record.paths()).toEqual(['a', 'c']);
});

describe('the record has more than one witness', () => {
  test.each([0, 1, 2, 3])(
    'every broken byte of a line that is not the last is damage, and is named (line %i)',
    (at) => {
      const { file, journal } = memory();
      const paths = ['a', 'b', 'c', 'd'];
      new CleanedRecord(journal).add(paths.map((path) => row(path)));
      const lines = (file.text ?? '').split('\n').filter((line) => line !== '');
      fc.assert(
        fc.property(
          fc.nat((lines[at]?.length ?? 1) - 1),
          fc.constantFrom('x', '7', '"', '}'),
          (byte, other) => {
            const line = lines[at] ?? '';
            fc.pre(line[byte] !== other);
            const broken = lines
              .with(at, line.slice(0, byte) + other + line.slice(byte + 1))
              .map((one) => `\n${one}`);
            const known = new CleanedRecord({ ...journal, ...memory(broken.join('')).journal });
            // The name of the digest may be the one that is broken: then all of the rest is whole.
            if (known.look() === '') expect(known.paths().length).toBeGreaterThanOrEqual(at === 3 ? 3 : 4);
            else {
              expect(known.look()).toContain(`line ${at + 2} of .lanmirror/cleaned is damaged`);
              expect(known.paths()).toEqual(paths.filter((_path, one) => one !== at));
              expect(() => known.add([row('e')])).toThrow('damaged');
            }
          },
        ),
        { seed: SEED },
      );
    },
  );

  test('what the target has lost, or had not yet, is written anew from what the client remembers; what ended stays ended', () => {
    const remembered = remembering();
    const first = memory();
    const record = new CleanedRecord(first.journal, remembered);
    record.add([row('a')]);
    const backup = first.file.text;
    record.add([row('b'), row('c')]);
    record.end(['a']);
    for (const text of [undefined, '', backup, first.file.text]) {
      const { file, journal } = memory(text);
      const again = new CleanedRecord(journal, remembering([...remembered.all()]));
      again.refresh();
      expect(again.paths()).toEqual(expect.arrayContaining(['b', 'c']));
      const alone = new CleanedRecord(memory(file.text).journal);
      alone.refresh();
      expect([...alone.paths()].sort()).toEqual([...again.paths()].sort());
    }
  });

  test('a client that remembers nothing learns all of it', () => {
    const { journal } = memory();
    new CleanedRecord(journal).add([row('a'), row('b')]);
    const remembered = remembering([row('ended long ago')]);
    new CleanedRecord(journal).add([row('ended long ago')]);
    new CleanedRecord(journal).refresh();
    const record = new CleanedRecord(journal, remembered);
    record.refresh();
    record.end(['ended long ago']);
    expect(
      remembered
        .all()
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['a', 'b']);
  });

  test('one that cannot be read is asked again, and what is remembered counts meanwhile', () => {
    const { journal } = memory();
    new CleanedRecord(journal).add([row('a'), row('b')]);
    let isBroken = true;
    const read = (line: (text: string) => void): boolean => {
      if (isBroken) throw new TreeError('NOT_A_FILE', '.lanmirror/cleaned', 'not a regular file');
      return journal.read(line);
    };
    const record = new CleanedRecord({ ...journal, read }, remembering([row('a')]));
    expect([record.look(), record.paths()]).toEqual([expect.stringContaining('.lanmirror/cleaned'), ['a']]);
    expect(() => record.add([row('c')])).toThrow('.lanmirror/cleaned');
    isBroken = false;
    expect([record.lookAgain(), record.paths()]).toEqual(['', ['a', 'b']]);
  });
});

/** What a client remembers. */
function remembering(rows: CleanedRow[] = []): RowMemory {
  const known = new Map(rows.map((one) => [one.path, one]));
  return {
    all: () => [...known.values()],
    save: (more, ended) => {
      for (const path of ended) known.delete(path);
      for (const one of more) known.set(one.path, one);
    },
  };
}

test('what cannot be written down counts for nothing', () => {
  const record = new CleanedRecord({
    read: () => false,
    append: () => {
      throw new Error('full');
    },
  });
  expect(() => record.add([row('a')])).toThrow('full');
  expect(record.isEmpty).toBe(true);
});

test('many moves are written down at once; when that fails, what is written counts', () => {
  const { file, journal } = memory();
  const record = new CleanedRecord(journal);
  const paths = Array.from({ length: 500 }, (_none, at) => `f${at}`);
  record.add(paths.map((path) => row(path)));
  const moveAll = (record: CleanedRecord, folder: string): void =>
    record.together(() => {
      for (const path of record.paths()) {
        const one = record.rowAt(path);
        if (one !== undefined) record.move(one, `${folder}/${path}`);
      }
    });
  moveAll(record, 'a');
  expect(file.appends).toBe(2);
  const again = new CleanedRecord(journal);
  again.refresh();
  expect(again.paths()).toEqual(paths.map((path) => `a/${path}`));
  let isFull = true;
  const failing = new CleanedRecord({
    read: journal.read,
    append: (text) => {
      if (isFull) throw new Error('full');
      journal.append(text);
    },
  });
  failing.refresh();
  expect(() => moveAll(failing, 'b')).toThrow('full');
  failing.refresh();
  expect(failing.paths()).toEqual(again.paths());
  isFull = false;
  moveAll(failing, 'b');
  expect(failing.paths()).toEqual(paths.map((path) => `b/a/${path}`));
});

test('a record of which only a part can be read changes nothing that is known', () => {
  const { journal } = memory();
  let isBroken = false;
  const record = new CleanedRecord({
    ...journal,
    read: (line) => {
      if (!isBroken) return journal.read(line);
      line('{"end":"a"}');
      throw new Error('broken');
    },
  });
  record.add([row('a'), row('b')]);
  record.forget();
  isBroken = true;
  expect(() => record.refresh()).toThrow('broken');
  expect(record.paths()).toEqual(['a', 'b']);
});

describe('a content that was at a path which another one has by now', () => {
  const old = row('a', { hash: '01' });
  const look = { sizeBytes: old.sizeBytes, mtimeUs: old.mtimeUs };
  const found = (record: CleanedRecord, hash: Uint8Array | null) =>
    record.rowFor(entry('e/moved', look, hash), everything)?.formerPath;

  test.each<[string, (record: CleanedRecord) => void, string[]]>([
    ['was cleaned', (record) => record.add([row('a', { hash: '02', mtimeUs: 8 })]), ['a']],
    ['is ordinary', (record) => record.displace(['a']), []],
    [
      'came with its folder',
      (record) => {
        record.add([row('b', { hash: '03', mtimeUs: 9 })]);
        record.moveTree('b', 'a');
      },
      ['a'],
    ],
  ])('stays wherever it stands, when that one %s; with a lost record or state, too', (_what, take, paths) => {
    const remembered = remembering();
    const { file, journal } = memory();
    const record = new CleanedRecord(journal, remembered);
    record.add([old]);
    take(record);
    const lost: readonly [string | undefined, readonly CleanedRow[]][] = [
      [file.text, [...remembered.all()]],
      [file.text, []],
      [undefined, [...remembered.all()]],
    ];
    for (const [text, rows] of lost) {
      const again = new CleanedRecord(memory(text).journal, remembering([...rows]));
      again.refresh();
      expect(again.rows().flatMap(({ path, formerPath }) => (formerPath ? [] : [path]))).toEqual(paths);
      expect([found(again, null), found(again, Uint8Array.of(1))]).toEqual(['a', 'a']);
      expect(found(again, Uint8Array.of(2))).toBeUndefined();
    }
  });

  test('has a place as soon as it is found, and what stays beside it goes with it', () => {
    const { journal } = memory();
    const record = new CleanedRecord(journal);
    record.add([old, row('best', { hash: '', vacantPath: 'a', sizeBytes: 5 })]);
    record.displace(['a']);
    const apart = record.rowFor(entry('e/moved', look), everything);
    if (apart !== undefined) record.copy([{ row: apart, path: 'e/moved' }]);
    const again = new CleanedRecord(journal);
    again.refresh();
    expect(again.rows()).toEqual(
      expect.arrayContaining([
        { ...old, path: 'e/moved' },
        row('best', { hash: '', vacantPath: 'e/moved', sizeBytes: 5 }),
      ]),
    );
    expect(again.count).toBe(2);
  });

  test('is known again when a backup has the row that stood there before, or a kill came before the client was told', () => {
    const next = row('a', { hash: '02', mtimeUs: 8 });
    for (const [written, told] of [
      [old, next],
      [next, old],
    ] as const) {
      const { journal } = memory();
      new CleanedRecord(journal).add([written]);
      const state = remembering([told]);
      const record = new CleanedRecord(journal, state);
      record.refresh();
      const hashes = (rows: readonly CleanedRow[]): string[] => rows.map(({ hash }) => hash).sort();
      expect([record.rowAt('a')?.hash, hashes(record.rows()), hashes(state.all())]).toEqual([
        written.hash,
        ['01', '02'],
        ['01', '02'],
      ]);
    }
  });

  test('is forgotten only when a person says so: no other deed, and no kill in one, loses a content', () => {
    const path = fc.constantFrom('a', 'b', 'd/a', 'd/b', 'e/a');
    const folder = fc.constantFrom('d', 'e', 'f');
    const deed = fc.oneof(
      fc.record({ do: fc.constant('add' as const), path, hash: fc.constantFrom('01', '02', '03') }),
      fc.record({ do: fc.constant('displace' as const), path }),
      fc.record({ do: fc.constant('tree' as const), from: folder, to: folder }),
      fc.record({ do: fc.constant('park' as const), from: folder }),
      fc.record({ do: fc.constant('unpark' as const), to: folder }),
      fc.record({ do: fc.constant('find' as const), path, at: fc.nat(9) }),
    );
    const contents = (record: CleanedRecord): string[] => record.rows().map(({ hash }) => hash);
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 12 }), fc.nat(), (deeds, cut) => {
        const { file, journal } = memory();
        const record = new CleanedRecord(journal);
        const known = new Set<string>();
        for (const one of deeds) {
          const before = file.text ?? '';
          if (one.do === 'add') record.add([row(one.path, { hash: one.hash, mtimeUs: Number(one.hash) })]);
          else if (one.do === 'displace') record.displace([one.path]);
          else if (one.do === 'tree' && one.from !== one.to) record.moveTree(one.from, one.to);
          else if (one.do === 'park') record.park(one.from, 7);
          else if (one.do === 'unpark') record.unpark(7, one.to);
          else if (one.do === 'find') {
            const from = record.rows()[one.at];
            if (from?.formerPath !== undefined) record.copy([{ row: from, path: one.path }]);
          }
          const after = file.text ?? '';
          const torn = after.slice(0, before.length + (cut % (after.length - before.length + 1)));
          const killed = new CleanedRecord(memory(torn).journal);
          killed.refresh();
          expect(contents(killed)).toEqual(expect.arrayContaining([...known]));
          if (one.do === 'add') known.add(one.hash);
          expect(contents(record)).toEqual(expect.arrayContaining([...known]));
        }
      }),
      { seed: SEED },
    );
  });
});

test('folders that swap their names take their rows along, each its own', () => {
  const { journal } = memory();
  const record = new CleanedRecord(journal);
  const rows = [row('a/x', { hash: '01' }), row('b/x', { hash: '02' }), row('b/y', { hash: '03' })];
  record.add([...rows, row('mine', { hash: '', vacantPath: 'b/y' })]);
  record.park('b', 7);
  record.moveTree('a', 'b');
  record.unpark(7, 'a');
  const again = new CleanedRecord(journal);
  again.refresh();
  expect(again.rows()).toEqual(
    expect.arrayContaining([
      row('b/x', { hash: '01' }),
      row('a/x', { hash: '02' }),
      row('a/y', { hash: '03' }),
      row('mine', { hash: '', vacantPath: 'a/y' }),
    ]),
  );
  expect(again.count).toBe(4);
});

describe('a row that stays only for the empty place of another', () => {
  const beside = row('d/best', { hash: '', vacantPath: 'd/a' });
  const again = (journal: ConstructorParameters<typeof CleanedRecord>[0]): CleanedRecord => {
    const record = new CleanedRecord(journal);
    record.refresh();
    return record;
  };

  test('is known as that when the record is read again', () => {
    const { journal } = memory();
    new CleanedRecord(journal).add([row('d/a'), beside]);
    const record = again(journal);
    expect([record.rowAt('d/best'), record.count, record.besideCount]).toEqual([beside, 2, 1]);
  });

  test('follows that place when its folder, or the copy alone, is renamed', () => {
    const { journal } = memory();
    const record = new CleanedRecord(journal);
    record.add([row('d/a'), beside, row('mine/x', { hash: '', vacantPath: 'd/a' })]);
    record.moveTree('d', 'e');
    record.move(row('e/a'), 'e/b');
    for (const one of [record, again(journal)])
      expect(one.rows().map(({ path, vacantPath }) => [path, vacantPath])).toEqual(
        expect.arrayContaining([
          ['e/b', undefined],
          ['e/best', 'e/b'],
          ['mine/x', 'e/b'],
        ]),
      );
    expect(record.count).toBe(3);
  });

  test('stays for good when the source has the file of that place again', () => {
    const { journal } = memory();
    const record = new CleanedRecord(journal);
    record.add([row('d/a'), beside]);
    record.end(['d/a']);
    for (const one of [record, again(journal)]) expect(one.rows()).toEqual([row('d/best', { hash: '' })]);
    expect(record.besideCount).toBe(0);
  });
});

describe('what a person forgot stays forgotten', () => {
  /** The record, what the client remembers and the trash of the source, after `a` was forgotten. */
  function forgotten() {
    const remembered = remembering();
    const { file, journal } = memory();
    const record = new CleanedRecord(journal, remembered);
    record.add([row('a'), row('b'), row('best', { hash: '', vacantPath: 'a' })]);
    const before = [...remembered.all()];
    record.conclude(['a', 'best'], []);
    return { before, remembered, text: file.text };
  }
  /** `a` lies in the trash of the source; a file of its size stands at its place, or none. */
  const trash =
    (isThere: boolean) =>
    (isKnown: (path: string) => boolean): CleanedRow[] =>
      isThere && !isKnown('a') ? [row('a', { hash: '' })] : [];

  test.each([
    ['nothing is lost, though a file of its size stands there', true, true, true, ['b']],
    ['the state is lost, though a file of its size stands there', true, false, true, ['b']],
    ['the record is lost', false, true, false, ['b']],
    ['both are lost', false, false, false, []],
    [
      'the record is lost, and a file of its size stands there: that may be the only copy',
      false,
      true,
      true,
      ['b', 'a'],
    ],
  ])('when %s', (_what, hasRecord, hasState, isThere, left) => {
    const { remembered, text } = forgotten();
    const { journal } = memory(hasRecord ? text : undefined);
    const state = remembering(hasState ? [...remembered.all()] : []);
    const record = new CleanedRecord(journal, state, trash(isThere));
    record.refresh();
    expect(record.paths()).toEqual(left);
    expect(state.all().map(({ path }) => path)).toEqual(left);
  });

  test('when a kill came before the state was told', () => {
    const { before, text } = forgotten();
    const state = remembering(before);
    const record = new CleanedRecord(memory(text).journal, state);
    record.refresh();
    expect([record.paths(), state.all().map(({ path }) => path)]).toEqual([['b'], ['b']]);
  });
});
