/** One life of the server's process: the real parts, put together as the program does it. */
import { heldToAll } from '@lanmirror/engine/core';
import type { OrderedStore } from '@lanmirror/engine/store';
import type { ReadableTree } from '@lanmirror/engine/tree';
import type { Connection } from '@lanmirror/protocol';
import { TreeIndex } from '../../packages/engine/src/source/index/tree-index.ts';
import { IdleHash } from '../../packages/engine/src/source/publish/idle-hash.ts';
import { IgnoreMemory } from '../../packages/engine/src/source/publish/ignore-memory.ts';
import { Publisher } from '../../packages/engine/src/source/publish/publisher.ts';
import { Scrub } from '../../packages/engine/src/source/publish/scrub.ts';
import { ScrubMemory } from '../../packages/engine/src/source/publish/scrub-memory.ts';
import type { SourceFilter } from '../../packages/engine/src/source/publish/source-filter.ts';
import { ContentTurns } from '../../packages/engine/src/source/session/content-turns.ts';
import { FrontDesk } from '../../packages/engine/src/source/session/front-desk.ts';
import { ShareDesk } from '../../packages/engine/src/source/session/share-desk.ts';
import type { MemoryDisk } from '../../packages/engine/src/tree/memory/disk.ts';
import { MemoryWatcher } from '../../packages/engine/src/tree/memory/index.ts';
import { ProcessClock, type Scheduler } from './scheduler.ts';

export interface ServerParts {
  readonly scheduler: Scheduler;
  readonly tree: ReadableTree;
  readonly disk: MemoryDisk;
  readonly store: OrderedStore;
  /** What is published. */
  readonly filter: SourceFilter;
  newIndexId(): string;
  generationStep(): number;
  oldestTombstone?(known: number): number;
  /** A fault that nobody caught. */
  failed(error: unknown): void;
}

/** Every other life of the server forgets all removals that it finds. */
const FORGETFUL = { keepMs: 0, maxCount: 0 };

export class ServerProcess {
  readonly clock: ProcessClock;
  readonly index: TreeIndex;
  readonly publisher: Publisher;
  watcher: MemoryWatcher | undefined;
  readonly #store: OrderedStore;
  readonly #desk: ShareDesk;
  readonly #frontDesk: FrontDesk;
  readonly #idleHash: IdleHash;
  readonly #scrub: Scrub;

  constructor(parts: ServerParts) {
    const { scheduler, tree, disk, store, newIndexId, generationStep, oldestTombstone } = parts;
    this.clock = new ProcessClock(scheduler);
    this.#store = store;
    this.index = TreeIndex.open(store, newIndexId, generationStep);
    if (oldestTombstone !== undefined) plantOldest(this.index, oldestTombstone);
    // Takes effect at once in memory; the program waits for it before it listens.
    store.flushed().catch((error: unknown) => scheduler.trace(String(error)));
    const note = (level: string, text: string): void => scheduler.trace(`server ${level}: ${text}`);
    this.publisher = new Publisher({
      tree,
      filter: parts.filter,
      ignoreMemory: new IgnoreMemory(store),
      index: this.index,
      clock: this.clock,
      indexDir: '/state/index',
      ...(scheduler.upTo(1) === 0 ? { tombstones: FORGETFUL } : {}),
      startWatcher: (listener) => {
        this.watcher = new MemoryWatcher(disk, listener);
        return this.watcher;
      },
      listener: {
        changed: () => {
          this.#desk.pump();
          this.#idleHash.wake();
        },
        stateChanged: () => {
          this.#desk.tellState();
          this.#idleHash.wake();
        },
        rulesChanged: () => this.#desk.close('other rules'),
        learned: () => this.#desk.tellFingerprints(),
        note,
      },
    });
    const { index, publisher, clock } = this;
    const memory = new ScrubMemory(store);
    this.#idleHash = new IdleHash({
      ...{ tree, index, clock, failed: parts.failed },
      condition: () =>
        publisher.condition === 'idle' && this.#desk.isSending ? 'busy' : publisher.condition,
      suspect: (path) => publisher.hint(path),
      learned: (hashes) => publisher.contents.learn(hashes),
    });
    const scrub = new Scrub(
      {
        ...{ tree, index, clock, failed: parts.failed },
        days: () => 0,
        condition: () => publisher.condition,
        suspect: (path) => publisher.hint(path),
        written: (entry) => publisher.contents.written(entry),
        judged: (entry, isDamaged) => publisher.contents.setDamaged(entry, isDamaged),
        damaged: () => [],
        keep: (record) => publisher.record(() => memory.save(record)),
        ended: () => undefined,
      },
      memory.load(),
    );
    this.#scrub = scrub;
    const turns = new ContentTurns(clock, heldToAll([]));
    const misread = scrub.misread.bind(scrub);
    const host = { shareName: '', tree, index, publisher, clock, turns, misread, note };
    const marksOf = () => ({ shareMarks: [], outerMarks: [] });
    this.#desk = new ShareDesk({
      ...host,
      program: 'server',
      name: 'server',
      monitorDir: '/source',
      marksOf,
    });
    this.#frontDesk = new FrontDesk({ clock, note, share: () => this.#desk });
    publisher.start();
  }

  accept(connection: Connection): void {
    this.#frontDesk.welcome(connection);
  }

  /** Everything stops where it is. */
  kill(): void {
    this.clock.isDead = true;
    void this.watcher?.close();
  }

  async stop(): Promise<void> {
    this.#desk.close();
    this.#idleHash.stop();
    await this.#scrub.stop();
    await this.publisher.stop();
    await this.index.close();
    await this.#store.close();
    this.clock.isDead = true;
  }
}

function plantOldest(index: TreeIndex, plant: (known: number) => number): void {
  const { get } = Object.getOwnPropertyDescriptor(TreeIndex.prototype, 'oldestTombstone') ?? {};
  Object.defineProperty(index, 'oldestTombstone', { get: () => plant(get?.call(index)) });
}
