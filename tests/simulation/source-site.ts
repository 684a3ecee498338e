/** The server's machine: the source's disk, the index's disk, and at most one process that publishes. */
import { createMemoryStore, type MemoryStore } from '@lanmirror/engine/store';
import { joinPath } from '@lanmirror/protocol';
import { SourceFilter } from '../../packages/engine/src/source/publish/source-filter.ts';
import type { Absence } from '../../packages/engine/src/tree/memory/index.ts';
import { MemoryTree } from '../../packages/engine/src/tree/memory/memory-tree.ts';
import type { MemoryUser } from '../../packages/engine/src/tree/memory/user.ts';
import { NAMED_PATHS } from './named-history.ts';
import type { Network } from './network.ts';
import type { Ground } from './plants.ts';
import { KEPT_FILES, PATHS, type Scene } from './scene.ts';
import { ServerProcess } from './server-process.ts';
import { makeDisk } from './site-disk.ts';
import { SourceHistory } from './source-history.ts';

const MAX_HINT_DELAY_MS = 2;
const ALL_PATHS: readonly string[] = [...KEPT_FILES, ...PATHS, ...NAMED_PATHS];

export class SourceSite {
  readonly history: SourceHistory;
  tree: MemoryTree;
  server: ServerProcess | undefined;
  isMounted = true;
  /** What the next server publishes, and the one that runs has since it started. */
  filter = new SourceFilter();
  /** No hint reaches the server. */
  isHintless = false;
  readonly #ground: Ground;
  readonly #network: Network;
  #store: MemoryStore = createMemoryStore();
  #backup: MemoryStore | undefined;
  #indexes = 0;
  #failures: (() => void)[] = [];
  #isHintDue = false;
  #headAtUnmount = 0;
  /** There is an index that tells the source from a bare mount point. */
  #isIndexed = false;

  constructor(ground: Ground, network: Network, scene: Scene) {
    this.#ground = ground;
    this.#network = network;
    const { disk, user } = makeDisk(ground.scheduler, scene);
    this.history = new SourceHistory(disk);
    for (const path of KEPT_FILES) user.write(path, `content of ${path}`);
    for (const { root } of scene.mirrors) user.mkdir(root);
    user.sync();
    this.history.record(true);
    disk.listeners.add(() => this.#hintSoon());
    this.tree = new MemoryTree(disk, user);
    this.#rebirth();
  }

  /** A user works in the source; nothing happens while it is not mounted. */
  edit(work: (user: MemoryUser) => void): void {
    if (!this.isMounted) return;
    work(this.tree.user);
    this.history.record(true);
  }

  unmount(left: Absence): void {
    if (!this.isMounted) return;
    this.isMounted = false;
    this.tree.user.unmount(left);
    this.#headAtUnmount = this.server?.index.head ?? 0;
  }

  mount(): void {
    this.isMounted = true;
    this.tree.user.mount();
    this.start();
  }

  /** All hints that wait are lost, and `isTold`: the watcher noticed it. */
  loseHints(isTold: boolean): void {
    if (isTold) this.server?.watcher?.overflow();
    else this.server?.watcher?.drop();
  }

  /** `plan` makes the tree fail, that of the next process too, until `heal`. */
  fail(plan: (tree: MemoryTree) => void): void {
    this.#failures.push(() => plan(this.tree));
    plan(this.tree);
  }

  /** A folder can neither be listed nor looked into for a while. */
  lock(path: string, ms: number): void {
    const inside = ALL_PATHS.filter((other) => other.startsWith(`${path}/`));
    const plan = (tree: MemoryTree): void => {
      tree.failNext(path, 'DENIED', { operation: 'list', times: Number.POSITIVE_INFINITY });
      for (const other of inside)
        tree.failNext(other, 'DENIED', { operation: 'stat', times: Number.POSITIVE_INFINITY });
    };
    const failure = (): void => plan(this.tree);
    this.#failures.push(failure);
    failure();
    this.#ground.scheduler.after(ms, () => {
      if (!this.#failures.includes(failure)) return;
      this.#failures = this.#failures.filter((other) => other !== failure);
      for (const other of [path, ...inside]) this.tree.heal(other);
      for (const again of this.#failures) again();
    });
  }

  heal(): void {
    this.#failures = [];
    for (const path of [...ALL_PATHS, 'kept']) this.tree.heal(path);
  }

  start(): void {
    // A source that was never indexed and is not there is refused; one that was is waited for.
    if (this.server !== undefined || !(this.isMounted || this.#isIndexed)) return;
    const { scheduler, plants } = this.#ground;
    scheduler.trace('server starts');
    this.server = new ServerProcess({
      scheduler,
      tree: this.tree,
      disk: this.tree.disk,
      filter: this.filter,
      store: plants.serverStore?.(this.#store) ?? this.#store,
      failed: (error) => this.#ground.threw(error),
      newIndexId: () => String(++this.#indexes).padEnd(32, '0'),
      generationStep: plants.generationStep ?? (() => 1 + scheduler.upTo(1_000_000)),
      ...(plants.oldestTombstone && { oldestTombstone: plants.oldestTombstone }),
    });
    if (!this.isMounted) this.#headAtUnmount = this.server.index.head;
  }

  stop(downMs: number): void {
    const { server } = this;
    if (server === undefined) return;
    this.#ground.scheduler.trace('server stops');
    this.#isIndexed = server.index.size > 0;
    this.server = undefined;
    server
      .stop()
      .then(() => {
        this.#network.cut();
        this.#store = this.#store.reopen();
        this.#startIn(downMs);
      })
      .catch((error: unknown) => this.#ground.threw(error));
  }

  kill(downMs: number, isIndexLost = false): void {
    if (this.#dies(`server dies, index lost ${isIndexLost}`) === undefined) return;
    this.#store = isIndexLost ? createMemoryStore() : this.#store.processCrash();
    this.#isIndexed &&= !isIndexLost;
    this.#rebirth(this.tree.processCrash());
    this.#startIn(downMs);
  }

  /** `keepTree`, `keep`: the parts of what the two disks had not flushed that they had written. */
  cutPower(downMs: number, keepTree: number, keep: number): void {
    if (this.#dies(`server loses power, keeps ${keepTree} and ${keep}`) === undefined) return;
    const after = this.#store.powerLoss(Math.floor(keep * this.#store.unflushed));
    this.#store = after;
    this.#isIndexed = false;
    this.#rebirth(this.tree.powerLoss(Math.floor(keepTree * this.tree.pendingChanges)));
    this.history.record(this.isMounted);
    this.#startIn(downMs);
  }

  /** Somebody keeps a copy of the index as it is now. */
  backUp(): void {
    if (this.server === undefined) return;
    this.#backup = this.#store.copy();
  }

  /** The index becomes what it was at the last backup; that is used up then. */
  restore(downMs: number): void {
    const backup = this.#backup;
    if (backup === undefined || this.#dies('server dies, its index is an old copy') === undefined) return;
    this.#store = backup;
    this.#backup = undefined;
    this.#isIndexed = false;
    this.#rebirth(this.tree.processCrash());
    this.#startIn(downMs);
  }

  /** Nothing is published of a source that is not there, and nothing is ever written into it. */
  check(): void {
    if (this.tree.changes > 0) this.#ground.violate('I4: the server changed its source');
    if (this.isMounted || this.server === undefined) return;
    const { index } = this.server;
    const { removed } = index.changesSince(Math.min(this.#headAtUnmount, index.head), 1000, 1e9);
    if (removed.length > 0)
      this.#ground.violate(`I5: ${removed.length} deletes were published while the source was not mounted`);
  }

  /** Paths of the source that nobody can mirror, told as problems. */
  unmirrorable(): string[] {
    return this.history.unmirrorable();
  }

  #dies(how: string): ServerProcess | undefined {
    const { server } = this;
    if (server === undefined) return undefined;
    this.#ground.scheduler.trace(how);
    server.kill();
    this.#isIndexed = server.index.size > 0;
    this.server = undefined;
    this.#network.serverDied();
    return server;
  }

  #startIn(downMs: number): void {
    this.#ground.scheduler.after(downMs, () => this.start());
  }

  /** The tree as the next process has it. */
  #rebirth(tree: MemoryTree = this.tree): void {
    const { disk, user } = tree;
    this.tree = this.#ground.plants.sourceTree?.(disk, user) ?? tree;
    for (const fail of this.#failures) fail();
  }

  #hintSoon(): void {
    if (this.#isHintDue) return;
    this.#isHintDue = true;
    const { scheduler } = this.#ground;
    scheduler.after(scheduler.upTo(MAX_HINT_DELAY_MS), () => {
      this.#isHintDue = false;
      if (!this.isHintless) this.server?.watcher?.deliver();
    });
  }
}

/** Path in the source of a path in the mirror of its folder `root`. */
export function sourcePath(root: string, path: string): string {
  if (root === '' || path === '') return root === '' ? path : root;
  return path.split('/').reduce(joinPath, root);
}
