import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { CleanRule } from '@lanmirror/engine/core';
import { createMemoryStore } from '@lanmirror/engine/store';
import {
  type CleanableTree,
  hashBytes,
  loadHash,
  openCleanableSource,
  openLocalSource,
  openOwnJournal,
  TRASH,
} from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { diskFacts } from '../state/baseline-entry.ts';
import { MirrorState } from '../state/mirror-state.ts';
import { NO_OWN_RULES } from '../state/own-rules.ts';
import { CleanedRecord } from './cleaned-record.ts';
import { type CleanerHost, type LookEnd, SourceCleaner } from './source-cleaner.ts';

const AT_ONCE: CleanRule = { afterMs: 0, from: 'synced', folderLevels: 0, takesLeftOut: false };
const DAY_MS = 24 * 3_600_000;
const MTIME_S = 1_600_000_000;

beforeAll(async () => {
  await loadHash();
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lanmirror-cleaner-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A source, its target, and books that say that both are the same. */
class Pair {
  readonly root: string;
  readonly state = new MirrorState(createMemoryStore());
  /** The files of a test have been quiet for long. */
  wallMs = Date.now() + 10 * 60_000;
  readonly told: string[] = [];
  #lastId = 1;

  constructor(name = 'pair') {
    this.root = join(dir, name);
    for (const folder of ['source', 'target/.lanmirror'])
      mkdirSync(join(this.root, folder), { recursive: true });
    writeFileSync(join(this.root, 'target/.lanmirror/marker'), 'target');
    this.state.transact(() => this.#put({ id: 1, parentId: 0, name: '', path: '' }, ''));
    this.state.setMeta({ durableCheckpoint: 1 });
  }

  /** A file at both ends; its folders with it. */
  add(path: string, text = `content of ${path}`): void {
    const names = path.split('/');
    this.state.transact(() => {
      let parentId = 1;
      for (const [at, name] of names.entries()) {
        const here = names.slice(0, at + 1).join('/');
        const known = this.state.view.childId(parentId, name);
        parentId = known ?? this.#new(parentId, here, at === names.length - 1 ? text : undefined);
      }
    });
  }

  at(end: 'source' | 'target', path: string): string {
    return join(this.root, end, path);
  }

  text(end: 'source' | 'target', path: string): string | undefined {
    return existsSync(this.at(end, path)) ? readFileSync(this.at(end, path), 'utf8') : undefined;
  }

  trashed(path: string): string | undefined {
    const day = new Date(this.wallMs);
    const two = (number: number): string => String(number).padStart(2, '0');
    const name = `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
    return this.text('source', `${TRASH}/${name}/${path}`);
  }

  record(): CleanedRecord {
    const record = new CleanedRecord(openOwnJournal(join(this.root, 'target'), 'cleaned'));
    record.refresh();
    return record;
  }

  host(rule = AT_ONCE, change: Partial<CleanerHost> = {}): CleanerHost {
    return {
      ...{ state: this.state, target: openLocalSource(join(this.root, 'target')), record: this.record() },
      source: openCleanableSource(join(this.root, 'source'), () => this.wallMs),
      clock: { ...systemClock, wallMs: () => this.wallMs },
      ...{
        rule: () => rule,
        ruleNames: () => ['.mirrorignore'],
        isStopped: () => false,
        mayClean: () => true,
        isFailing: () => false,
        taken: () => undefined,
      },
      heard: async () => this.tell(),
      tell: {
        cleaned: (path) => this.told.push(`cleaned ${path}`),
        cleanedFolder: (path) => this.told.push(`folder ${path}`),
        cleanedLeft: (path, files) => this.told.push(`left ${path} ${files}`),
        stays: ({ path, message }) => this.told.push(`stays ${path}: ${message}`),
        warn: (text) => this.told.push(`warning: ${text}`),
      },
      ...change,
    };
  }

  clean(rule = AT_ONCE, change: Partial<CleanerHost> = {}): Promise<LookEnd> {
    return new SourceCleaner(this.host(rule, change)).look();
  }

  /** The source tells what is not there any more. */
  tell(): void {
    this.state.transact(() => {
      for (const { id } of [...this.state.view.all(2)]) {
        const path = this.state.view.pathOf(id);
        if (path !== undefined && existsSync(this.at('source', path))) continue;
        this.state.view.remove(id);
        const entry = this.state.baseline.get(id);
        this.state.baseline.remove(id);
        if (entry !== undefined) this.state.kept.put({ ...entry, goneAtMs: 0 });
      }
    });
  }

  #new(parentId: number, path: string, text: string | undefined): number {
    this.#lastId += 1;
    this.#make(path, text);
    this.#put({ id: this.#lastId, parentId, name: basename(path), path }, text ?? '');
    return this.#lastId;
  }

  #make(path: string, text: string | undefined): void {
    for (const end of ['source', 'target'] as const) {
      mkdirSync(text === undefined ? this.at(end, path) : dirname(this.at(end, path)), { recursive: true });
      if (text === undefined) continue;
      writeFileSync(this.at(end, path), text);
      utimesSync(this.at(end, path), MTIME_S, MTIME_S);
    }
  }

  #put(
    { id, parentId, name, path }: { id: number; parentId: number; name: string; path: string },
    text: string,
  ) {
    const stat = openLocalSource(join(this.root, 'target')).stat(path);
    if (stat === undefined || (stat.kind !== 'file' && stat.kind !== 'directory')) throw new Error(path);
    const isFile = stat.kind === 'file';
    const hash = isFile ? hashBytes(new TextEncoder().encode(text)) : null;
    const entry = {
      ...{ id, parentId, name, kind: stat.kind, mode: 0o644, sizeBytes: isFile ? stat.sizeBytes : 0 },
      ...{ mtimeUs: Number(stat.mtimeNs / 1000n), linkTarget: '', hash, version: id },
    };
    this.state.view.put({ ...entry, sequence: id });
    this.state.baseline.put({ ...entry, disk: diskFacts(stat), bornMs: 0, checkpoint: 1 });
  }
}

describe('what goes', () => {
  test('a file that the target has, into the trash of the source, written down on the target before', async () => {
    const pair = new Pair();
    for (const path of ['a', 'd/b']) pair.add(path);
    let rows: readonly string[] = [];
    const source = openCleanableSource(pair.at('source', ''), () => pair.wallMs);
    const take = source.take.bind(source);
    source.take = (path) => {
      rows = pair.record().paths();
      return take(path);
    };
    expect(await pair.clean(AT_ONCE, { source })).toBe('all');
    expect(rows).toEqual(['a', 'd/b']);
    expect(pair.told).toEqual(['cleaned a', 'cleaned d/b']);
    for (const path of ['a', 'd/b']) {
      expect(pair.text('source', path)).toBeUndefined();
      expect(pair.trashed(path)).toBe(`content of ${path}`);
      expect(pair.text('target', path)).toBe(`content of ${path}`);
    }
    expect(existsSync(pair.at('source', 'd'))).toBe(true);
  });

  test('folders that are empty then, so many levels up; never one with something in it, nor the source', async () => {
    const pair = new Pair();
    for (const path of ['a/b/c/x', 'k/l/y', 'z']) pair.add(path);
    mkdirSync(pair.at('source', 'k/unknown'));
    expect(await pair.clean({ ...AT_ONCE, folderLevels: 2 })).toBe('all');
    expect(pair.told.filter((line) => line.startsWith('folder'))).toEqual([
      'folder a/b/c',
      'folder a/b',
      'folder k/l',
    ]);
    expect(['a', 'k/unknown'].map((path) => existsSync(pair.at('source', path)))).toEqual([true, true]);
  });

  test('after days: not before they are over, by a clock that counts a day for each look at most', async () => {
    const pair = new Pair();
    pair.add('a');
    const rule: CleanRule = { ...AT_ONCE, afterMs: 2 * DAY_MS };
    expect(await pair.clean(rule)).toBe('all');
    for (const days of [400, 1]) {
      expect(pair.text('source', 'a')).toBe('content of a');
      pair.wallMs += days * DAY_MS;
      await pair.clean(rule);
    }
    expect(pair.told).toEqual(['cleaned a']);
  });

  test('another version begins its days anew', async () => {
    const pair = new Pair();
    pair.add('a');
    const rule: CleanRule = { ...AT_ONCE, afterMs: DAY_MS };
    await pair.clean(rule);
    const { state } = pair;
    const id = state.view.childId(1, 'a') ?? 0;
    state.transact(() => {
      for (const tree of [state.view, state.baseline] as const) {
        const entry = tree.get(id);
        if (entry !== undefined) tree.put({ ...(entry as never as object), version: 99 } as never);
      }
    });
    pair.wallMs += DAY_MS;
    await pair.clean(rule);
    expect(pair.told).toEqual([]);
    pair.wallMs += DAY_MS;
    await pair.clean(rule);
    expect(pair.told).toEqual(['cleaned a']);
  });

  test('days from the creation count from there', async () => {
    const pair = new Pair();
    pair.add('a');
    const source = openCleanableSource(pair.at('source', ''), () => pair.wallMs);
    const born = pair.wallMs - 3 * DAY_MS;
    const stat = source.stat.bind(source);
    source.stat = (path) => {
      const real = stat(path);
      return real && { ...real, birthtimeNs: BigInt(born) * 1_000_000n };
    };
    const rule = (days: number): CleanRule => ({ ...AT_ONCE, from: 'created', afterMs: days * DAY_MS });
    await pair.clean(rule(4), { source });
    expect(pair.told).toEqual([]);
    pair.wallMs += DAY_MS;
    await pair.clean(rule(4), { source });
    expect(pair.told).toEqual(['cleaned a']);
  });

  test('days from the creation: one look with a wrong clock makes nothing due, nor do those after it', async () => {
    const pair = new Pair();
    pair.add('a');
    const rule: CleanRule = { ...AT_ONCE, from: 'created', afterMs: 30 * DAY_MS };
    const rightMs = pair.wallMs;
    for (const wallMs of [rightMs + 4000 * DAY_MS, rightMs, rightMs + DAY_MS, rightMs + 2 * DAY_MS]) {
      pair.wallMs = wallMs;
      await pair.clean(rule);
    }
    pair.wallMs += 4000 * DAY_MS;
    pair.add('b');
    await pair.clean(
      { ...rule, afterMs: 30 * DAY_MS },
      { isFailing: (id) => pair.state.view.childId(1, 'a') === id },
    );
    expect(pair.told).toEqual([]);
    expect(pair.text('source', 'b')).toBe('content of b');
  });

  test('where a disk does not tell the creation nothing is guessed: it stays, and is named', async () => {
    const pair = new Pair();
    pair.add('a');
    const source = openCleanableSource(pair.at('source', ''));
    const rootStat = source.rootStat.bind(source);
    source.rootStat = () => {
      const real = rootStat();
      return real && { ...real, birthtimeNs: real.ctimeNs };
    };
    await pair.clean({ ...AT_ONCE, from: 'created' }, { source });
    expect(pair.told).toEqual(['stays a: its disk does not tell when it was created']);
  });
});

test('a preview names what may go, and nothing that a look at the source shows to stay', () => {
  const pair = new Pair();
  for (const path of ['a', 'b', 'c', 'd/e']) pair.add(path);
  linkSync(pair.at('source', 'b'), pair.at('source', 'b too'));
  rmSync(pair.at('source', 'c'));
  symlinkSync('a', pair.at('source', 'c'));
  const source = openCleanableSource(pair.at('source', ''));
  const stat = source.stat.bind(source);
  expect(new SourceCleaner(pair.host()).preview(9)).toEqual(['a', 'd/e']);
  source.stat = (path) => {
    const real = stat(path);
    return real && path === 'a' ? { ...real, dev: real.dev + 1n } : real;
  };
  expect(new SourceCleaner(pair.host(AT_ONCE, { source })).preview(9)).toEqual(['d/e']);
});

describe('what stays', () => {
  const stays: readonly (readonly [string, (pair: Pair) => void, string])[] = [
    [
      'another content at the source',
      (pair) => rewrite(pair, 'source'),
      'the copy on the target is not the same',
    ],
    [
      'another content on the target',
      (pair) => rewrite(pair, 'target'),
      'the copy on the target is not the same',
    ],
    [
      'a size that was not mirrored',
      (pair) => writeFileSync(pair.at('source', 'a'), 'more than that, it is'),
      'not yet',
    ],
    [
      'several links',
      (pair) => linkSync(pair.at('source', 'a'), pair.at('source', 'b')),
      'several hard links',
    ],
    ['no copy', (pair) => rmSync(pair.at('target', 'a')), 'does not exist'],
    [
      'a link in its place',
      (pair) => {
        renameSync(pair.at('source', 'a'), pair.at('source', 'b'));
        symlinkSync('b', pair.at('source', 'a'));
      },
      'not followed',
    ],
  ];
  test.each(stays)('%s: nothing is moved, and it is named', async (_name, change, reason) => {
    const pair = new Pair();
    pair.add('a');
    change(pair);
    await pair.clean();
    expect(pair.told).toEqual([expect.stringContaining(reason)]);
    expect(lstatSync(pair.at('source', 'a'), { throwIfNoEntry: false })).toBeDefined();
    expect(pair.record().isEmpty).toBe(true);
  });

  const unread = ['a size that was not mirrored', 'several links', 'no copy', 'a link in its place'];
  test.each(stays.filter(([name]) => unread.includes(name)))(
    '%s: neither end is read for that, however often it is looked at',
    async (_name, change) => {
      const pair = new Pair();
      pair.add('a');
      change(pair);
      const opened: string[] = [];
      const [source, target] = (['source', 'target'] as const).map((end) => {
        const tree = openCleanableSource(pair.at(end, ''));
        const open = tree.open.bind(tree);
        tree.open = (path) => {
          const handle = open(path);
          opened.push(end);
          return handle;
        };
        return tree;
      });
      if (source === undefined || target === undefined) throw new Error('no trees');
      await pair.clean(AT_ONCE, { source, target });
      expect([opened, pair.told.length]).toEqual([[], 1]);
    },
  );

  test('what is dirty, failing, not durable, or known under another version is not even read', async () => {
    const pair = new Pair();
    pair.add('a');
    const { state } = pair;
    const id = state.view.childId(1, 'a') ?? 0;
    await pair.clean(AT_ONCE, { isFailing: () => true });
    state.setMeta({ durableCheckpoint: 0 });
    await pair.clean();
    state.setMeta({ durableCheckpoint: 1 });
    state.transact(() => state.markDirty(id));
    await pair.clean();
    state.transact(() => {
      state.markClean(id);
      const view = state.view.get(id);
      if (view !== undefined) state.view.put({ ...view, version: 50 });
    });
    await pair.clean();
    expect([pair.told, pair.text('source', 'a')]).toEqual([[], 'content of a']);
    expect(await pair.clean(AT_ONCE, { mayClean: () => false })).toBe('interrupted');
  });

  test('what is written to while its batch is read is not taken', async () => {
    const pair = new Pair();
    for (const path of ['a', 'b']) pair.add(path);
    const source = openCleanableSource(pair.at('source', ''), () => pair.wallMs);
    const open = source.open.bind(source);
    source.open = (path) => {
      if (path === 'b') writeFileSync(pair.at('source', 'a'), 'written meanwhile');
      return open(path);
    };
    await pair.clean(AT_ONCE, { source });
    expect(pair.told).toEqual(['cleaned b']);
    expect(pair.text('source', 'a')).toBe('written meanwhile');
    expect(pair.record().paths()).toEqual(['b']);
  });

  test('what is written to between the last look and the move is put back; what has its place by then wins', async () => {
    for (const isTaken of [false, true]) {
      const pair = new Pair(`taken-${isTaken}`);
      pair.add('a');
      const source = openCleanableSource(pair.at('source', ''), () => pair.wallMs);
      const [take, putBack] = [source.take.bind(source), source.putBack.bind(source)];
      source.take = (path) => {
        writeFileSync(pair.at('source', path), 'written at the last moment');
        return take(path);
      };
      source.putBack = (taken) => {
        if (isTaken) writeFileSync(pair.at('source', 'a'), 'and another file');
        putBack(taken);
      };
      await pair.clean(AT_ONCE, { source });
      expect(pair.told.join()).toMatch(/^stays a: /);
      expect(pair.text('source', 'a')).toBe(isTaken ? 'and another file' : 'written at the last moment');
      if (isTaken) expect(pair.trashed('a')).toBe('written at the last moment');
      expect(pair.text('target', 'a')).toBe('content of a');
    }
  });

  test('a target that is the source, by a mount: the only copy is no proof of itself', async () => {
    const pair = new Pair();
    pair.add('a');
    const target = openLocalSource(pair.at('source', ''));
    expect(await pair.clean(AT_ONCE, { target })).toBe('all');
    expect(pair.told).toEqual([expect.stringMatching(/^stays a: the file on the target is this same file/)]);
    expect(pair.text('source', 'a')).toBe('content of a');
  });

  test.each(['goes', 'changes'])(
    'a copy that %s with its file, as on a share of the source: it is put back, nothing more is taken until the next start',
    async (what) => {
      const pair = new Pair();
      for (const path of ['a', 'b']) pair.add(path);
      const source = openCleanableSource(pair.at('source', ''), () => pair.wallMs);
      const take = source.take.bind(source);
      source.take = (path) => {
        const taken = take(path);
        if (what === 'goes') rmSync(pair.at('target', path));
        else utimesSync(pair.at('target', path), MTIME_S, MTIME_S);
        return taken;
      };
      const cleaner = new SourceCleaner(pair.host(AT_ONCE, { source }));
      await cleaner.look();
      expect(await cleaner.look()).toBe('all');
      expect(pair.told).toEqual([
        expect.stringMatching(/^stays a: the file on the target went or changed/),
        expect.stringMatching(/^warning: Nothing more is cleaned .* when a was taken .* so it is put back\./),
      ]);
      expect(cleaner.refused).toHaveLength(1);
      expect(cleaner.cleaned).toBe(0);
      for (const path of ['a', 'b']) expect(pair.text('source', path)).toBe(`content of ${path}`);
    },
  );

  test('nothing goes when the trash of the source cannot say where it came from: a FIFO in its place is not waited for', async () => {
    const pair = new Pair();
    for (const path of ['a', 'b']) pair.add(path);
    await pair.clean(AT_ONCE, { isFailing: (id) => id === pair.state.view.childId(1, 'b') });
    const journals = pair.at('source', `${TRASH}/journal`);
    const [day = ''] = readdirSync(journals);
    rmSync(join(journals, day));
    execFileSync('mkfifo', [join(journals, day)]);
    expect(await pair.clean()).toBe('all');
    expect(pair.told.at(-1)).toMatch(/^stays b: it is a FIFO, socket or device/);
    expect(pair.text('source', 'b')).toBe('content of b');
  });

  test('nothing goes when the record cannot be written', async () => {
    const pair = new Pair();
    pair.add('a');
    rmSync(pair.at('target', '.lanmirror'), { recursive: true });
    expect(await pair.clean()).toBe('failed');
    expect(pair.told).toEqual([expect.stringMatching(/^warning: Nothing more is cleaned/)]);
    expect(pair.text('source', 'a')).toBe('content of a');
  });
});

test('a folder that waits is looked at when its time is over, and waits for nothing without a rule', async () => {
  const pair = new Pair();
  pair.add('d/a');
  const { state } = pair;
  const rules = [{ line: '*.tmp', origin: 'Exclude' }];
  state.transact(() => state.ownRules.replace({ ...NO_OWN_RULES, rules }));
  pair.wallMs = Math.ceil(pair.wallMs / 1000) * 1000;
  const soonS = pair.wallMs / 1000 - 30;
  writeFileSync(pair.at('source', 'd/x.tmp'), 'left');
  utimesSync(pair.at('source', 'd/x.tmp'), soonS, soonS);
  const rule: CleanRule = { ...AT_ONCE, folderLevels: 1, takesLeftOut: true };
  let wanted: CleanRule | undefined = rule;
  let nowMs = 0;
  const clock = { ...systemClock, wallMs: () => pair.wallMs, nowMs: () => nowMs };
  const cleaner = new SourceCleaner(pair.host(rule, { clock, rule: () => wanted }));
  await cleaner.look();
  expect([pair.told, cleaner.waitingFolders]).toEqual([['cleaned d/a'], { count: 1, inMs: 30_000 }]);
  wanted = undefined;
  await cleaner.look();
  expect(cleaner.waitingFolders.count).toBe(0);
  wanted = rule;
  pair.add('d/b');
  await cleaner.look();
  pair.wallMs += 30_000;
  nowMs += 30_000;
  await cleaner.look();
  expect([pair.told.slice(1), cleaner.waitingFolders.count]).toEqual([['cleaned d/b', 'left d 1'], 0]);
});

test('a file with rules stays, in any folder and in whatever letters, and is named: what it hides would follow', async () => {
  const pair = new Pair();
  for (const path of ['a', '.mirrorignore', 'd/.MirrorIgnore']) pair.add(path);
  await pair.clean();
  const why = 'it is called like a file with rules (IgnoreFiles, ExcludeFrom)';
  expect(pair.told).toEqual([`stays .mirrorignore: ${why}`, `stays d/.MirrorIgnore: ${why}`, 'cleaned a']);
  expect(new SourceCleaner(pair.host()).preview(9)).toEqual([]);
});

describe('in use', () => {
  test('what changed less than a minute ago, content or not, goes when that is over, and is no refusal', async () => {
    const pair = new Pair();
    for (const path of ['a', 'b']) pair.add(path);
    // Each has an mtime of long ago: only its last change is young.
    const changedMs = Number(lstatSync(pair.at('source', 'a'), { bigint: true }).ctimeNs / 1_000_000n);
    pair.wallMs = changedMs + 59_000;
    const cleaner = new SourceCleaner(pair.host());
    expect(await cleaner.look()).toBe('all');
    expect([pair.told, cleaner.refused, cleaner.young.count]).toEqual([[], [], 2]);
    expect(cleaner.young.inMs).toBeLessThanOrEqual(1000);
    expect(cleaner.preview(9)).toEqual([]);
    pair.wallMs += 2000;
    await cleaner.look();
    expect([pair.told, cleaner.young.count]).toEqual([['cleaned a', 'cleaned b'], 0]);
  });

  test('what changed in the future, by the clock of now, stays and is named', async () => {
    const pair = new Pair();
    pair.add('a');
    pair.wallMs -= DAY_MS;
    await pair.clean();
    expect(pair.told).toEqual(['stays a: its time, or that of its last change, lies in the future']);
  });

  test.runIf(process.platform === 'linux')(
    'what a program has open for writing stays until it is closed',
    async () => {
      const pair = new Pair();
      for (const path of ['a', 'b']) pair.add(path);
      const descriptor = openSync(pair.at('source', 'a'), 'a');
      await pair.clean();
      expect(pair.told).toEqual(['stays a: a program has it open for writing', 'cleaned b']);
      closeSync(descriptor);
      await pair.clean();
      expect(pair.told.slice(2)).toEqual(['cleaned a']);
    },
  );

  test.runIf(process.platform === 'linux')('also when it is opened while both ends are read', async () => {
    const pair = new Pair();
    pair.add('a');
    const target = openLocalSource(pair.at('target', ''));
    const open = target.open.bind(target);
    let descriptor = -1;
    target.open = (path) => {
      descriptor = openSync(pair.at('source', path), 'a');
      return open(path);
    };
    await pair.clean(AT_ONCE, { target });
    closeSync(descriptor);
    expect(pair.told).toEqual(['stays a: a program has it open for writing']);
    expect(pair.record().isEmpty).toBe(true);
  });
});

describe('targets of other mirrors', () => {
  test('what is in or below a folder of the source that a mirror fills stays, and is named', async () => {
    const pair = new Pair();
    for (const path of ['a', 'inner/b', 'inner/.lanmirror/marker', 'inner/.lanmirror/cleaned', 'inner/d/e/c'])
      pair.add(path);
    await pair.clean();
    const why = 'a folder that it is in is the target of a mirror';
    expect(pair.told.sort()).toEqual([
      'cleaned a',
      ...['inner/.lanmirror/cleaned', 'inner/.lanmirror/marker', 'inner/b', 'inner/d/e/c'].map(
        (path) => `stays ${path}: ${why}`,
      ),
    ]);
    expect(pair.text('source', 'inner/d/e/c')).toBe('content of inner/d/e/c');
  });

  test.each(['', '..', '../..'])(
    'with a marker at SOURCE/%s nothing goes, which is said once',
    async (above) => {
      const pair = new Pair();
      pair.add('a');
      const own = join(pair.at('source', ''), above, '.lanmirror');
      mkdirSync(own, { recursive: true });
      writeFileSync(join(own, 'marker'), 'id');
      const cleaner = new SourceCleaner(pair.host());
      for (const _look of [1, 2]) expect(await cleaner.look()).toBe('all');
      expect(pair.told).toEqual([
        `warning: Nothing is cleaned from the source: ${dirname(own)} is the target of a mirror by now, and what went would come again.`,
      ]);
      expect(pair.text('source', 'a')).toBe('content of a');
    },
  );
});

function rewrite(pair: Pair, end: 'source' | 'target'): void {
  writeFileSync(pair.at(end, 'a'), 'CONTENT of a');
  utimesSync(pair.at(end, 'a'), MTIME_S, MTIME_S);
}

class Killed extends Error {}

/** The `count`th step of a tree or journal is the last: it is done (`isDone`), or not, and nothing comes after it. */
function killAt(count: number, isDone: boolean): <T extends object>(port: T) => T {
  let left = count;
  return (port) =>
    new Proxy(port, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          left -= 1;
          if (left < 0) throw new Killed();
          if (left > 0 || isDone) {
            const result: unknown = value.apply(target, args);
            if (left > 0) return result;
          }
          throw new Killed();
        };
      },
    });
}

describe('killed at every step', () => {
  const PATHS = ['a', 'd/b', 'd/c'];

  /** Returns whether it came to its end. */
  async function killed(pair: Pair, count: number, isDone: boolean): Promise<boolean> {
    const kill = killAt(count, isDone);
    const source: CleanableTree = kill(openCleanableSource(pair.at('source', ''), () => pair.wallMs));
    const target = kill(openLocalSource(pair.at('target', '')));
    const record = new CleanedRecord(kill(openOwnJournal(pair.at('target', ''), 'cleaned')));
    try {
      return (await pair.clean({ ...AT_ONCE, folderLevels: 1 }, { source, target, record })) === 'all';
    } catch (error) {
      if (error instanceof Killed) return false;
      throw error;
    }
  }

  test.each([false, true])('the step is done: %s', async (isDone) => {
    let count = 1;
    for (let isThrough = false; !isThrough; count += 1) {
      const pair = new Pair(`kill-${count}-${isDone}`);
      for (const path of PATHS) pair.add(path);
      isThrough = await killed(pair, count, isDone);
      const rows = pair.record().paths();
      for (const path of PATHS) {
        const text = `content of ${path}`;
        expect([count, pair.text('target', path)]).toEqual([count, text]);
        if (pair.text('source', path) === undefined) {
          expect([count, pair.trashed(path), rows]).toEqual([count, text, expect.arrayContaining([path])]);
        }
      }
      // The next start: the source tells what is gone, and the rest is cleaned.
      pair.tell();
      expect(await pair.clean({ ...AT_ONCE, folderLevels: 1 })).toBe('all');
      const ended = pair.record();
      for (const path of PATHS) {
        expect([count, pair.text('source', path), pair.trashed(path)]).toEqual([
          count,
          undefined,
          `content of ${path}`,
        ]);
        expect([pair.text('target', path), ended.rowAt(path)?.path]).toEqual([`content of ${path}`, path]);
      }
    }
    expect(count).toBeGreaterThan(20);
  });
});
