/**
 * The smallest honest consumer of a watcher, for its conformance suite: it believes no hint, looks for
 * itself, and never looks where it was not sent. So its picture equals the disk only if the watcher
 * sent it everywhere it had to go.
 */
import { createHash } from 'node:crypto';
import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LossReason, TreeWatcher, WatcherFactory } from './port.ts';

interface Seen {
  readonly identity: string;
  /** Everything a mirror carries, as one comparable text. */
  readonly facts: string;
  /** Present for a folder. */
  readonly children: Map<string, Seen> | undefined;
}

interface Move {
  readonly from: string;
  readonly to: string;
}

const POLL_MS = 20;

/** Absent, behind a link, or another kind of node since the look before: then a hint of its own follows. */
const OVERTAKEN = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EINVAL', 'EISDIR']);

export class ReferenceConsumer {
  readonly root: string;
  readonly losses: { reason: LossReason; path: string; detail: string }[] = [];
  hints = 0;
  readonly #watcher: TreeWatcher;
  readonly #dirty = new Set<string>();
  readonly #relists = new Set<string>();
  #top: Seen | undefined;
  #isRescanWanted = false;
  #isScheduled = false;
  #isStopped = false;
  #parked = 0;
  #fault: unknown;

  constructor(root: string, factory: WatcherFactory) {
    this.root = root;
    this.#watcher = factory(root, {
      dirty: (path) => this.#hint(() => this.#dirty.add(path)),
      relist: (path) => this.#hint(() => this.#relists.add(path)),
      lost: (reason, path, detail) => {
        this.losses.push({ reason, path, detail });
        this.#hint(() => {
          if (reason !== 'watch-limit') this.#isRescanWanted = true;
        });
      },
      noticed: () => undefined,
    });
  }

  async start(): Promise<void> {
    await this.#watcher.ready;
    this.#rescan();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#watcher.close();
  }

  /** Resolves when nothing is left to look at and the picture equals the disk; rejects with the differences after `deadlineMs`. */
  async settled(deadlineMs = 30_000): Promise<void> {
    const until = performance.now() + deadlineMs;
    for (;;) {
      if (this.#fault !== undefined) throw this.#fault;
      const startedMs = performance.now();
      const differences = this.#isScheduled ? ['still looking'] : this.differences();
      if (differences.length === 0) return;
      if (performance.now() > until) {
        const shown = differences.slice(0, 10).join('\n  ');
        throw new Error(`${differences.length} differences between picture and disk:\n  ${shown}`);
      }
      // The watcher has the same event loop: it gets as much of it as the comparison of a large tree.
      const restMs = Math.max(POLL_MS, performance.now() - startedMs);
      await new Promise((resolve) => setTimeout(resolve, restMs));
    }
  }

  /** Paths whose facts differ between the picture and the disk. */
  differences(): readonly string[] {
    const picture = new Map<string, string>();
    collect(this.#top, '', picture);
    const disk = new Map<string, string>();
    collect(readTree(this.root), '', disk);
    const all = new Set([...picture.keys(), ...disk.keys()]);
    return [...all]
      .filter((path) => picture.get(path) !== disk.get(path))
      .map((path) => `${JSON.stringify(path)}: picture ${picture.get(path)}, disk ${disk.get(path)}`);
  }

  #hint(note: () => void): void {
    this.hints += 1;
    note();
    if (this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    setImmediate(() => this.#work());
  }

  #work(): void {
    this.#isScheduled = false;
    if (this.#isStopped) return;
    const dirty = [...this.#dirty];
    const relists = [...this.#relists];
    this.#dirty.clear();
    this.#relists.clear();
    try {
      for (const move of this.#findMoves(dirty)) this.#refresh(move.to);
      for (const path of dirty) this.#look(path);
      for (const path of relists) this.#relist(path);
      if (this.#isRescanWanted) this.#rescan();
    } catch (error) {
      this.#fault = error;
    }
  }

  /** Pairs folders that left a path with folders that came to one, and tells the watcher. */
  #findMoves(paths: readonly string[]): readonly Move[] {
    const gone = new Map<string, string>();
    const come = new Map<string, string>();
    for (const path of paths) {
      const known = this.#get(path);
      const found = look(join(this.root, path));
      if (path === '' || known?.identity === found?.identity) continue;
      if (known?.children !== undefined) gone.set(known.identity, path);
      if (found?.children !== undefined) come.set(found.identity, path);
    }
    const moves = [...gone].flatMap(([identity, from]) => {
      const to = come.get(identity);
      const isPossible = to !== undefined && this.#get(parentOf(to))?.children !== undefined;
      return isPossible ? [{ from, to }] : [];
    });
    return this.#move(moves);
  }

  /** By way of a place of its own for each, so that chains and swaps need no order. */
  #move(moves: readonly Move[]): readonly Move[] {
    const deepestFirst = [...moves].sort((a, b) => b.from.length - a.from.length);
    const parked = deepestFirst.map(({ from, to }) => {
      this.#parked += 1;
      const place = `.parked-${this.#parked}`;
      const seen = this.#get(from);
      this.#watcher.moveDirectory(from, place);
      this.#get(parentOf(from))?.children?.delete(nameOf(from));
      return { place, to, seen };
    });
    for (const { place, to, seen } of parked.sort((a, b) => a.to.length - b.to.length)) {
      this.#watcher.moveDirectory(place, to);
      if (seen !== undefined) this.#get(parentOf(to))?.children?.set(nameOf(to), seen);
    }
    return moves;
  }

  /** Hints for what was below a moved folder may have come for its old path: all below is looked at. */
  #refresh(path: string): void {
    const known = this.#get(path);
    if (known?.children === undefined) return this.#look(path);
    for (const name of new Set([...known.children.keys(), ...(this.#list(path) ?? [])]))
      this.#refresh(child(path, name));
    this.#look(path);
  }

  #look(path: string): void {
    if (path === '') return;
    const parent = this.#get(parentOf(path));
    // Unknown parent: it has a hint of its own, or its own parent has.
    if (parent?.children === undefined) return this.#look(parentOf(path));
    const known = parent.children.get(nameOf(path));
    const found = look(join(this.root, path));
    if (found === undefined || (known?.children !== undefined && found.children === undefined))
      this.#watcher.removeDirectory(path);
    if (found === undefined) parent.children.delete(nameOf(path));
    else if (found.children === undefined) parent.children.set(nameOf(path), found);
    else if (known?.identity === found.identity)
      parent.children.set(nameOf(path), { ...found, children: known.children });
    else {
      parent.children.set(nameOf(path), found);
      this.#relist(path);
    }
  }

  #relist(path: string): void {
    const known = this.#get(path);
    if (known?.children === undefined) return this.#look(path);
    this.#watcher.addDirectory(path);
    const names = this.#list(path);
    if (names === undefined) return this.#look(path);
    for (const name of new Set([...known.children.keys(), ...names])) this.#look(child(path, name));
  }

  /** `undefined` when no folder stands there. */
  #list(path: string): readonly string[] | undefined {
    const names = namesIn(join(this.root, path));
    if (names !== undefined) this.#watcher.listed?.(path, names);
    return names;
  }

  #rescan(): void {
    this.#isRescanWanted = false;
    this.#top ??= { identity: '', facts: '', children: new Map() };
    const stack = [''];
    for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
      this.#relist(path);
      for (const [name, seen] of this.#get(path)?.children ?? [])
        if (seen.children !== undefined) stack.push(child(path, name));
    }
  }

  #get(path: string): Seen | undefined {
    if (path === '') return this.#top;
    return path.split('/').reduce<Seen | undefined>((at, name) => at?.children?.get(name), this.#top);
  }
}

function child(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `undefined` when no folder stands there. */
function namesIn(absolute: string): readonly string[] | undefined {
  return unlessAbsent(() => readdirSync(absolute));
}

/** Like the trees of lanmirror, never through a link: what stands behind one is absent. */
function look(absolute: string): Seen | undefined {
  return unlessAbsent(() => {
    if (realpathSync.native(dirname(absolute)) !== dirname(absolute)) return undefined;
    const stats = lstatSync(absolute, { bigint: true });
    const identity = `${stats.dev}.${stats.ino}.${stats.birthtimeNs}`;
    return {
      identity,
      facts: factsOf(absolute, stats),
      children: stats.isDirectory() ? new Map() : undefined,
    };
  });
}

function factsOf(absolute: string, stats: BigIntStats): string {
  const mode = (stats.mode & 0o777n).toString(8);
  if (stats.isDirectory()) return `folder ${stats.ino} ${mode}`;
  if (stats.isSymbolicLink()) return `link ${readlinkSync(absolute)}`;
  const hash = createHash('sha1').update(readFileSync(absolute)).digest('hex').slice(0, 12);
  return `file ${mode} ${stats.size} ${stats.mtimeNs} ${hash}`;
}

function readTree(absolute: string): Seen | undefined {
  const seen = look(absolute);
  if (seen?.children === undefined) return seen;
  for (const name of namesIn(absolute) ?? []) {
    const below = readTree(join(absolute, name));
    if (below !== undefined) seen.children.set(name, below);
  }
  return seen;
}

function collect(seen: Seen | undefined, path: string, into: Map<string, string>): void {
  if (seen === undefined) return;
  if (path !== '') into.set(path, seen.facts);
  for (const [name, below] of seen.children ?? []) collect(below, child(path, name), into);
}

function unlessAbsent<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (OVERTAKEN.has(code)) return undefined;
    throw error;
  }
}
