import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { CleanRule, Clock } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import {
  dayItems,
  loadHash,
  openCleanableSource,
  openLocalSource,
  TRASH,
  TreeError,
} from '@lanmirror/engine/tree';
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
/** The files of a test have been quiet for long. */
const WALL_MS = Date.now() + 10 * 60_000;
const DAY = `${TRASH}/${dayOf(new Date(WALL_MS))}`;

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
  wallMs = WALL_MS;
  /** Both go on by what a test adds. */
  readonly clock: Clock = { ...systemClock, wallMs: () => this.wallMs, nowMs: () => this.wallMs };
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
    const taker = this.taker(change);
    for (const file of files) taker.went(file);
    return taker.take();
  }

  taker(change: Partial<CleanerHost> = {}): FolderTaker {
    const host: CleanerHost = {
      ...{ state: this.state, target: openLocalSource(root), source: this.source, record: emptyRecord() },
      ...{ clock: this.clock, rule: () => this.rule },
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
    return new FolderTaker(host);
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

function dayOf(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
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

describe('what may still be written to', () => {
  beforeEach(() => {
    left.folder('a/b');
    left.write('a/b/x.tmp');
  });

  test.each([
    ['a file', () => left.write('a/b/y.tmp')],
    ['a folder that a pattern leaves out', () => mkdirSync(left.at('a/b/cache'))],
  ])('%s that has just changed: the folder waits until it has been quiet for a minute', (_what, write) => {
    write();
    left.wallMs = Date.now() + 1000;
    const taker = left.taker();
    taker.went('a/b/gone');
    expect(taker.take()).toBe(false);
    expect(taker.waiting.count).toBe(1);
    expect(taker.waiting.inMs).toBeGreaterThan(50_000);
    expect(taker.waiting.inMs).toBeLessThanOrEqual(60_000);
    // Before that it is not even looked at.
    left.source.list = () => {
      throw new Error('looked at');
    };
    left.wallMs += 40_000;
    expect(taker.take()).toBe(false);
    delete (left.source as { list?: unknown }).list;
    left.wallMs += 30_000;
    expect(taker.take()).toBe(true);
    expect([left.told, taker.waiting.count]).toEqual([[expect.stringMatching(/^a with/)], 0]);
  });

  test('in a folder above: that one waits, the lower one goes', () => {
    left.wallMs = Date.now() + 59_900;
    utimesSync(left.at('a/b/x.tmp'), MTIME_S, MTIME_S);
    left.write('a/y.tmp', 'left', (left.wallMs - 1000) / 1000);
    const taker = left.taker();
    left.wallMs += 1000;
    taker.went('a/b/gone');
    expect(taker.take()).toBe(true);
    expect([left.told, taker.waiting.count]).toEqual([['a/b with 1'], 1]);
    left.wallMs += 120_000;
    expect(taker.take()).toBe(true);
    expect(left.told).toEqual(['a/b with 1', 'a with 1']);
  });

  test('a time in the future is waited for, with a look every hour', () => {
    left.write('a/b/y.tmp', 'left', WALL_MS / 1000 + 86_400);
    const taker = left.taker();
    taker.went('a/b/gone');
    expect(taker.take()).toBe(false);
    expect(taker.waiting).toEqual({ count: 1, inMs: 3_600_000 });
  });

  test('a preview names no folder that would wait', () => {
    left.wallMs = Date.now() + 1000;
    expect(left.taker().preview(RULE, ['a/b/gone'])).toEqual([]);
    left.wallMs = WALL_MS;
    expect(left.taker().preview(RULE, ['a/b/gone'])).toEqual(['a']);
  });

  test.runIf(process.platform === 'linux')('what a program has open for writing: the folder waits', () => {
    const descriptor = openSync(left.at('a/b/x.tmp'), 'a');
    const taker = left.taker();
    taker.went('a/b/gone');
    try {
      expect(taker.take()).toBe(false);
    } finally {
      closeSync(descriptor);
    }
    expect([existsSync(left.at('a/b/x.tmp')), taker.waiting]).toEqual([true, { count: 1, inMs: 60_000 }]);
    left.wallMs += 60_000;
    expect(taker.take()).toBe(true);
  });

  test.runIf(process.platform === 'linux')(
    'what is opened between the look and the move: the folder has its place again, and waits',
    () => {
      const takeFolder = left.source.takeFolder.bind(left.source);
      let descriptor = -1;
      left.source.takeFolder = (path) => {
        descriptor = openSync(left.at('a/b/x.tmp'), 'a');
        return takeFolder(path);
      };
      const taker = left.taker();
      taker.went('a/b/gone');
      try {
        expect(taker.take()).toBe(false);
      } finally {
        closeSync(descriptor);
      }
      expect(left.told).toEqual([
        'A folder stays at the source: a: a program has opened something in it for writing',
      ]);
      expect([existsSync(left.at('a/b/x.tmp')), taker.waiting.count]).toEqual([true, 1]);
    },
  );

  test('when its files were written last is written down, so that a later write is seen in the trash', async () => {
    expect(left.take({}, 'a/b/gone')).toBe(true);
    const [item] = await dayItems(left.at(TRASH), basename(DAY), () => undefined);
    expect(item).toMatchObject({ path: 'a/b/x.tmp', isAlone: false, writtenUs: MTIME_S * 1e6 });
    appendFileSync(left.at(`${DAY}/a/b/x.tmp`), 'more');
    const [later] = await dayItems(left.at(TRASH), basename(DAY), () => undefined);
    expect(later?.writtenUs).toBe(MTIME_S * 1e6);
  });
});
