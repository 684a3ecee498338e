import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { CleanRule } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash, openCleanableSource, openLocalSource, TRASH, TreeError } from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { diskFacts } from '../state/baseline-entry.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { NO_OWN_RULES } from '../state/own-rules.ts';
import { emptyRecord } from './cleaned-record.ts';
import { FolderTaker } from './folder-taker.ts';
import type { CleanerHost } from './source-cleaner.ts';

await loadHash();

const RULE: CleanRule = { afterMs: 0, from: 'synced', folderLevels: 2, takesLeftOut: true };
const MTIME_S = 1_600_000_000;
const WALL_MS = new Date(2025, 2, 31, 12).getTime();
const DAY = `${TRASH}/2025-03-31`;

let root: string;
let left: Left;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lanmirror-folder-'));
  left = new Left();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A source from which files went, with the books about what was there. A pattern leaves out `*.tmp` and `cache/`. */
class Left {
  readonly state = new MirrorState(createMemoryStore());
  readonly source = openCleanableSource(root, () => WALL_MS);
  readonly told: string[] = [];
  rule = RULE;
  #lastId = 1;

  constructor() {
    const rules = ['*.tmp', 'cache/'].map((line) => ({ line, origin: 'Exclude' }));
    this.state.transact(() => {
      this.state.ownRules.replace({ ...NO_OWN_RULES, rules, maxBytes: 10, minAgeMs: 60_000 });
      this.state.ownRules.aging.moveTo((MTIME_S + 1000) * 1000);
      this.#put('view', '');
      this.#put('baseline', '');
    });
    this.source.prepare();
  }

  at(path: string): string {
    return join(root, path);
  }

  /** On the disk of the source only. */
  write(path: string, text = 'left', mtimeS = MTIME_S): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), text);
    utimesSync(this.at(path), mtimeS, mtimeS);
  }

  /** A mirrored folder, with those above it. */
  folder(path: string): void {
    mkdirSync(this.at(path), { recursive: true });
    const names = path.split('/');
    this.state.transact(() => {
      for (const at of names.keys()) {
        const here = names.slice(0, at + 1).join('/');
        if (this.state.view.idAt(here) === undefined) this.tell('view', here, true);
      }
    });
  }

  /** The source has told of what stands there. */
  tell(where: 'view' | 'unwanted', path: string, isMirrored = false): void {
    this.#lastId += 1;
    this.#put(where, path);
    if (isMirrored) this.#put('baseline', path);
  }

  take(change: Partial<CleanerHost> = {}, ...files: string[]): boolean {
    const host: CleanerHost = {
      ...{ state: this.state, target: openLocalSource(root), source: this.source, record: emptyRecord() },
      ...{ clock: { ...systemClock, wallMs: () => WALL_MS }, rule: () => this.rule },
      ruleNames: () => [],
      ...{ isStopped: () => false, mayClean: () => true, isFailing: () => false },
      ...{ taken: () => undefined, heard: async () => undefined },
      tell: {
        ...{ cleaned: () => undefined, cleanedFolder: () => undefined, stays: () => undefined },
        cleanedLeft: (path, count) => this.told.push(`${path} with ${count}`),
        warn: (text) => this.told.push(text),
      },
      ...change,
    };
    const taker = new FolderTaker(host);
    for (const file of files) taker.went(file);
    return taker.take();
  }

  #put(where: 'view' | 'unwanted' | 'baseline', path: string): void {
    const { state } = this;
    const stat = this.source.stat(path);
    if (stat === undefined || (stat.kind !== 'file' && stat.kind !== 'directory')) throw new Error(path);
    const parent = dirname(path) === '.' ? '' : dirname(path);
    const entry = {
      ...{ id: path === '' ? 1 : this.#lastId, parentId: path === '' ? 0 : (state.view.idAt(parent) ?? 0) },
      ...{ name: basename(path), kind: stat.kind, mode: 0o644, linkTarget: '', version: 1, hash: null },
      ...{ sizeBytes: stat.kind === 'file' ? stat.sizeBytes : 0, mtimeUs: Number(stat.mtimeNs / 1000n) },
    };
    if (where === 'baseline')
      state.baseline.put({ ...entry, disk: diskFacts(stat), bornMs: 0, checkpoint: 1 });
    else state[where].put({ ...entry, sequence: entry.id });
  }
}

describe('a folder in which only is left what the rules leave out', () => {
  test('goes to the trash whole, by one rename, and is written down and told', () => {
    left.folder('a/b/c');
    for (const path of ['a/b/c/x.tmp', 'a/b/c/cache/deep/y', 'a/b/z.tmp', 'a/mirrored'])
      left.write(path, `content of ${path}`);
    left.state.transact(() => left.tell('view', 'a/mirrored', true));
    expect(left.take({}, 'a/b/c/gone', 'a/b/c/gone too')).toBe(true);
    expect(left.told).toEqual(['a/b with 3']);
    expect(readdirSync(left.at('a'))).toEqual(['mirrored']);
    for (const path of ['a/b/c/x.tmp', 'a/b/c/cache/deep/y', 'a/b/z.tmp'])
      expect(readFileSync(left.at(`${DAY}/${path}`), 'utf8')).toBe(`content of ${path}`);
    const rows = [...left.state.history.newestFirst()]
      .flat()
      .map(({ operation, kind, path }) => [operation, kind, path]);
    expect(rows).toEqual([['cleaned', 'directory', 'a/b']]);
  });

  test('goes no more levels up than the rule says, and never is the source itself', () => {
    left.folder('a/b/c');
    left.write('a/b/c/x.tmp');
    left.rule = { ...RULE, folderLevels: 1 };
    expect(left.take({}, 'a/b/c/gone', 'gone')).toBe(true);
    expect([existsSync(left.at('a/b')), existsSync(left.at('a/b/c'))]).toEqual([true, false]);
  });

  test('goes with a file that is left out for its size, as the source has told of it', () => {
    left.folder('a');
    left.write('a/large', 'more than ten bytes');
    left.state.transact(() => left.tell('unwanted', 'a/large'));
    expect(left.take({}, 'a/gone')).toBe(true);
    expect(left.told).toEqual(['a with 1']);
  });

  test('stays where that is not asked for, or nothing may be cleaned', () => {
    left.folder('a');
    left.write('a/x.tmp');
    left.rule = { ...RULE, takesLeftOut: false };
    expect(left.take({}, 'a/gone')).toBe(false);
    left.rule = RULE;
    expect(left.take({ mayClean: () => false }, 'a/gone')).toBe(false);
    expect(readdirSync(left.at('a'))).toEqual(['x.tmp']);
  });
});

const reasons: readonly [string, () => void][] = [
  [
    'a mirrored file',
    () => {
      left.write('a/x');
      left.state.transact(() => left.tell('view', 'a/x', true));
    },
  ],
  ['a file that is not told yet', () => left.write('a/x')],
  ['a large file that is not told yet', () => left.write('a/x', 'more than ten bytes')],
  [
    'a file that was told as large, and is another by now',
    () => {
      left.write('a/x', 'more than ten bytes');
      left.state.transact(() => left.tell('unwanted', 'a/x'));
      left.write('a/x', 'more than ten other bytes');
    },
  ],
  [
    'a file that waits for its age, however large',
    () => {
      left.write('a/x', 'more than ten bytes', MTIME_S + 999);
      left.state.transact(() => left.tell('unwanted', 'a/x'));
    },
  ],
  [
    'a file that the mirror has and the disk has no more',
    () => {
      left.write('a/x');
      left.state.transact(() => left.tell('view', 'a/x', true));
      rmSync(left.at('a/x'));
    },
  ],
  ['a link that no pattern means', () => symlinkSync('/nowhere', left.at('a/link'))],
  ['an empty folder', () => left.folder('a/empty')],
  ['a folder that is not told yet', () => left.write('a/new/y.tmp')],
  [
    'a folder that is to be handled',
    () => {
      left.folder('a/b');
      left.write('a/b/y.tmp');
      left.state.transact(() => left.state.markDirty(left.state.view.idAt('a/b') ?? 0));
    },
  ],
  [
    'a folder that the source cannot look into',
    () => {
      const entry = left.state.view.get(left.state.view.idAt('a') ?? 0);
      if (entry !== undefined) left.state.transact(() => left.state.view.put({ ...entry, isOpaque: true }));
    },
  ],
  [
    'our own folder of another tree, even where a pattern leaves it out',
    () => left.write('a/cache/.lanmirror/x'),
  ],
  [
    'a name that is no text',
    () => writeFileSync(Buffer.concat([Buffer.from(`${left.at('a')}/`), Buffer.from([0xff])]), ''),
  ],
  [
    'something mounted in it',
    () => {
      left.source.isMountedBelow = (path) => path === 'a';
    },
  ],
  [
    'another disk in it',
    () => {
      const stat = left.source.stat.bind(left.source);
      left.source.stat = (path) => {
        const found = stat(path);
        return found && path.endsWith('.tmp') ? { ...found, dev: found.dev + 1n } : found;
      };
    },
  ],
  [
    'a folder that cannot be read',
    () => {
      left.write('a/cache/x');
      const list = left.source.list.bind(left.source);
      left.source.list = (path) => {
        if (path === 'a/cache') throw new TreeError('DENIED', path, 'permission denied');
        return list(path);
      };
    },
  ],
];

test.each(reasons)('stays, with all that is in it, when there is in it: %s', (_what, make) => {
  left.folder('a');
  left.write('a/x.tmp');
  make();
  const before = readdirSync(left.at('a'), 'latin1').length;
  expect(left.take({}, 'a/gone')).toBe(false);
  expect(readdirSync(left.at('a'), 'latin1')).toHaveLength(before);
  expect(existsSync(left.at(DAY))).toBe(false);
});

describe('what comes into it between the look and the move', () => {
  /** The folder is moved after this was written into it. */
  function racing(write: () => void): void {
    const takeFolder = left.source.takeFolder.bind(left.source);
    left.source.takeFolder = (path) => {
      write();
      return takeFolder(path);
    };
  }
  beforeEach(() => {
    left.folder('a');
    left.write('a/x.tmp');
    left.write('a/cache/y');
  });

  test.each([
    ['a new file', () => left.write('a/new')],
    ['a new file deep in it', () => left.write('a/cache/new')],
    ['other content', () => left.write('a/x.tmp', 'other')],
  ])('%s: the folder has its place again', (_what, write) => {
    racing(write);
    expect(left.take({}, 'a/gone')).toBe(false);
    expect(left.told).toEqual(['A folder stays at the source: a: something came into it meanwhile']);
    expect(existsSync(left.at('a/x.tmp'))).toBe(true);
    expect(existsSync(left.at(`${DAY}/a`))).toBe(false);
  });

  test('what has its place by then keeps it, and the folder is in the trash, where it is written down', () => {
    racing(() => left.write('a/new', 'came late'));
    const putBack = left.source.putBack.bind(left.source);
    left.source.putBack = (taken) => {
      left.write('a/other');
      putBack(taken);
    };
    expect(left.take({}, 'a/gone')).toBe(false);
    expect(readdirSync(left.at('a'))).toEqual(['other']);
    expect(readFileSync(left.at(`${DAY}/a/new`), 'utf8')).toBe('came late');
    expect(left.told.join()).toMatch(/^A folder stays at the source: a: /);
  });
});
