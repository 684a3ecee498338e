/**
 * The whole product in one process: a server and a client in memory, the disks they work on, the line
 * between them, and everything that can happen to them. `violations` collects each broken promise.
 */
import { createMemoryStore, type MemoryStore, StoreError } from '@lanmirror/engine/store';
import type { Connection } from '@lanmirror/protocol';
import { DialError } from '../../packages/client/src/session/dial.ts';
import { MirrorState } from '../../packages/client/src/state/mirror-state.ts';
import type { MemoryDisk } from '../../packages/engine/src/tree/memory/disk.ts';
import { Crash } from '../../packages/engine/src/tree/memory/index.ts';
import { createMemoryTree, MemoryTree } from '../../packages/engine/src/tree/memory/memory-tree.ts';
import type { MemoryUser } from '../../packages/engine/src/tree/memory/user.ts';
import { ClientProcess } from './client-process.ts';
import { isOnDisk, type MemoryNode, walk } from './node-walk.ts';
import { ObservedTree, type TreeObserver } from './observed-tree.ts';
import { Scheduler } from './scheduler.ts';
import { ServerProcess } from './server-process.ts';
import { SourceHistory } from './source-history.ts';
import { findDifferences, findForgotten } from './state-oracle.ts';
import { TargetOracle } from './target-oracle.ts';
import { type Direction, isChanges, type Tampering, Wire } from './wire.ts';

const MAX_HINT_DELAY_MS = 2;
const MAX_LATENCY_MS = 4;

/** Where a bug can be planted without touching the product. */
export interface Plants {
  sourceTree?(disk: MemoryDisk, user: MemoryUser): MemoryTree;
  targetTree?(disk: MemoryDisk, user: MemoryUser, observer: TreeObserver): MemoryTree;
  /** The store that the client's next process finds after a kill. */
  clientStoreAfterKill?(store: MemoryStore): MemoryStore;
  /** What arrives in the stead of a message. */
  arriving?(direction: Direction, bytes: Uint8Array): readonly Uint8Array[];
}

/** Files that nobody ever touches: they must be on the target once they came. */
export const KEPT_FILES = ['keep1', 'keep2', 'kept/keep3', 'kept/keep4'] as const;

export class World {
  readonly scheduler: Scheduler;
  readonly violations: string[] = [];
  readonly history: SourceHistory;
  readonly oracle: TargetOracle;
  source: MemoryTree;
  target: MemoryTree;
  server: ServerProcess | undefined;
  client: ClientProcess | undefined;
  isSourceMounted = true;
  isTargetMounted = true;
  isNetworkUp = true;
  isHintless = false;
  tampering: Tampering | undefined;
  readonly #plants: Plants;
  readonly #maxWorkers: number;
  #serverStore: MemoryStore = createMemoryStore();
  #clientStore: MemoryStore = createMemoryStore();
  #isStateLost = false;
  #wasKilled = false;
  #isFuseLit = false;
  #fuseDownMs = 0;
  #fuseKeeps: number | undefined;
  #indexes = 0;
  #sourceFailures: (() => void)[] = [];
  #targetFailures: (() => void)[] = [];
  #wires: Wire[] = [];
  #isHintDue = false;
  #held: Uint8Array | undefined;
  #headAtUnmount = 0;
  /** What somebody else did on the target is not durable yet, which is not the client's business. */
  #isEditUnflushed = false;
  #isIndexed = false;
  /** Nothing has happened to the target that the client can only find by looking at it. */
  #isTrusted = true;
  #stopping: ClientProcess | undefined;

  constructor(seed: number, plants: Plants = {}) {
    this.#plants = plants;
    this.scheduler = new Scheduler(seed, (error) => this.threw(error));
    const { scheduler } = this;
    scheduler.costMs = scheduler.random() < 0.3 ? 1 : 0;
    this.#maxWorkers = 1 + scheduler.upTo(3);
    const sourceDisk = this.#makeDisk(scheduler.random() < 0.3 ? 4 : 0);
    const targetDisk = this.#makeDisk(0);
    this.history = new SourceHistory(sourceDisk.disk);
    for (const path of KEPT_FILES) sourceDisk.user.write(path, `content of ${path}`);
    this.history.record(true);
    this.oracle = new TargetOracle(
      targetDisk.disk,
      this.history,
      () => scheduler.nowMs,
      (text) => this.violate(text),
    );
    this.source = this.#sourceTree(sourceDisk.disk, sourceDisk.user);
    this.target = this.#targetTree(targetDisk.disk, targetDisk.user);
    sourceDisk.disk.listeners.add(() => this.#hintSoon());
    this.startServer();
    this.startClient();
  }

  violate(text: string): void {
    this.scheduler.trace(`VIOLATION ${text}`);
    this.violations.push(text);
  }

  /** An error that nobody in a process caught. What dies with a process is no error. */
  threw(error: unknown): void {
    if (error instanceof Crash) return;
    if (this.#wasKilled && error instanceof StoreError && error.code === 'CLOSED') return;
    this.violate(`uncaught: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  /** Lets time pass; throws as soon as a promise is broken. */
  async advance(ms: number): Promise<void> {
    const endMs = this.scheduler.nowMs + ms;
    await this.scheduler.settle();
    this.#afterStep();
    while (await this.scheduler.step(endMs)) this.#afterStep();
    this.scheduler.jump(Math.max(0, endMs - this.scheduler.nowMs));
  }

  // --- the source ---------------------------------------------------------------------------------

  /** A user works in the source; nothing happens while it is not mounted. */
  edit(work: (user: MemoryUser) => void): void {
    if (!this.isSourceMounted) return;
    work(this.source.user);
    this.history.record(this.isSourceMounted);
  }

  unmountSource(left: 'absent' | 'empty'): void {
    if (!this.isSourceMounted) return;
    this.isSourceMounted = false;
    this.source.user.unmount(left);
    this.#headAtUnmount = this.server?.index.head ?? 0;
  }

  mountSource(): void {
    this.isSourceMounted = true;
    this.source.user.mount();
    if (this.server === undefined) this.startServer();
  }

  /** All hints that wait are lost, and `isTold`: the watcher noticed it. */
  loseHints(isTold: boolean): void {
    if (isTold) this.server?.watcher?.overflow();
    else this.server?.watcher?.drop();
  }

  failSource(plan: (tree: MemoryTree) => void): void {
    this.#sourceFailures.push(() => plan(this.source));
    plan(this.source);
  }

  failTarget(plan: (tree: MemoryTree) => void): void {
    this.#targetFailures.push(() => plan(this.target));
    plan(this.target);
  }

  /** Nothing fails any more. */
  heal(paths: readonly string[]): void {
    this.#sourceFailures = [];
    this.#targetFailures = [];
    for (const path of paths) for (const tree of [this.source, this.target]) tree.heal(path);
  }

  // --- the server ---------------------------------------------------------------------------------

  startServer(): void {
    // A source that was never indexed and is not there is refused; one that was is waited for.
    if (this.server !== undefined || !(this.isSourceMounted || this.#isIndexed)) return;
    const { scheduler, source } = this;
    this.scheduler.trace('server starts');
    this.server = new ServerProcess({
      scheduler,
      tree: source,
      disk: source.disk,
      store: this.#serverStore,
      newIndexId: () => String(++this.#indexes).padEnd(32, '0'),
    });
    if (!this.isSourceMounted) this.#headAtUnmount = this.server.index.head;
  }

  /** `keep`: the part of what the store had not flushed that a power cut leaves; undefined when only the process dies. */
  killServer(downMs: number, keep?: number, isIndexLost = false): void {
    if (this.server === undefined) return;
    this.#wasKilled = true;
    this.scheduler.trace(`server dies, keep ${keep}, index lost ${isIndexLost}`);
    this.server.kill();
    this.#isIndexed = keep === undefined && !isIndexLost && this.server.index.size > 0;
    this.server = undefined;
    this.source = this.#reborn(this.source.processCrash(), (disk, user) => this.#sourceTree(disk, user));
    for (const fail of this.#sourceFailures) fail();
    const store = this.#serverStore;
    this.#serverStore =
      keep === undefined ? store.processCrash() : store.powerLoss(Math.floor(keep * store.unflushed));
    if (isIndexLost) this.#serverStore = createMemoryStore();
    for (const wire of this.#wires) wire.die('to-server');
    this.#wires = [];
    this.scheduler.after(downMs, () => this.startServer());
  }

  stopServer(downMs: number): void {
    const { server } = this;
    if (server === undefined) return;
    this.scheduler.trace('server stops');
    this.#isIndexed = server.index.size > 0;
    this.server = undefined;
    server
      .stop()
      .then(() => {
        for (const wire of this.#wires) wire.cut();
        this.#serverStore = this.#serverStore.reopen();
        this.scheduler.after(downMs, () => this.startServer());
      })
      .catch((error: unknown) => this.threw(error));
  }

  // --- the client ---------------------------------------------------------------------------------

  startClient(): void {
    if (this.client !== undefined) return;
    this.scheduler.trace('client starts');
    const client: ClientProcess = new ClientProcess({
      scheduler: this.scheduler,
      tree: this.target,
      store: this.#clientStore,
      maxWorkers: this.#maxWorkers,
      isStateLost: this.#isStateLost,
      isTargetThere: () => this.isTargetMounted,
      dial: (isDead) => this.#dial(isDead),
      inSync: (_sequence, problems) => {
        if (this.client === client) this.#checkInSync(client, problems);
      },
      failedHard: (error) => this.threw(error),
    });
    this.client = client;
    this.#isStateLost = false;
  }

  /**
   * The client's process dies at its `n`-th change of the target from now on; with its machine, of whose
   * unflushed changes `keep` had arrived, if that is given.
   */
  lightFuse(n: number, downMs: number, keep?: number): void {
    if (this.client === undefined) return;
    this.#fuseKeeps = keep;
    this.target.fuse(n);
    this.#isFuseLit = true;
    this.#fuseDownMs = downMs;
  }

  /** No fuse burns any more. */
  defuse(): void {
    this.target.fuse(Number.POSITIVE_INFINITY);
  }

  /** Nothing of this world happens any more. */
  end(): void {
    this.server?.kill();
    this.client?.kill();
  }

  killClient(downMs: number, isStateLost = false): void {
    if (this.client === undefined) return;
    this.scheduler.trace(`client dies, state lost ${isStateLost}`);
    this.target = this.#reborn(this.target.processCrash(), (disk, user) => this.#targetTree(disk, user));
    const after = this.#clientStore.processCrash();
    this.#clientStore = this.#plants.clientStoreAfterKill?.(after) ?? after;
    if (this.isTargetMounted && this.#isTrusted) this.#checkForgotten();
    this.#loseState(isStateLost);
    this.#buryClient(downMs);
  }

  /** `keepTree` and `keepStore`: the parts of what was not flushed that the disks had written. */
  cutClientPower(downMs: number, keepTree: number, keepStore: number): void {
    if (this.client === undefined) return;
    if (!this.isTargetMounted) return this.killClient(downMs);
    this.scheduler.trace(`client loses power, keeps ${keepTree} and ${keepStore}`);
    let tree = this.target;
    this.#isTrusted = false;
    this.oracle.powerLoss(() => {
      tree = this.target.powerLoss(Math.floor(keepTree * this.target.pendingChanges));
    });
    this.target = this.#reborn(tree, (disk, user) => this.#targetTree(disk, user));
    const store = this.#clientStore;
    this.#clientStore = store.powerLoss(Math.floor(keepStore * store.unflushed));
    this.#buryClient(downMs);
  }

  stopClient(downMs: number): void {
    const { client } = this;
    if (client === undefined) return;
    this.scheduler.trace('client stops');
    this.client = undefined;
    this.#stopping = client;
    client
      .stop()
      .then(() => {
        if (this.#stopping !== client) return;
        this.#stopping = undefined;
        this.#clientStore = this.#clientStore.reopen();
        this.scheduler.after(downMs, () => this.startClient());
      })
      .catch((error: unknown) => this.threw(error));
  }

  /** Somebody else works on the target. */
  editTarget(paths: readonly string[], work: (user: MemoryUser) => void): void {
    if (!this.isTargetMounted) return;
    this.oracle.edit(paths, () => work(this.target.user));
    this.#isEditUnflushed = true;
    this.#isTrusted = false;
    if (this.client !== undefined) this.client.isTargetEdited = true;
  }

  unmountTarget(left: 'absent' | 'empty'): void {
    if (!this.isTargetMounted) return;
    this.isTargetMounted = false;
    this.target.user.unmount(left);
    this.oracle.remounted();
  }

  mountTarget(): void {
    this.isTargetMounted = true;
    this.target.user.mount();
    this.oracle.remounted();
  }

  // --- the line -----------------------------------------------------------------------------------

  cut(): void {
    for (const wire of this.#wires) wire.cut();
  }

  stall(direction: Direction, ms: number): void {
    for (const wire of this.#wires) wire.stall(direction, ms);
  }

  /** Everything that a person can see on the target. */
  get targetNodes(): Map<string, MemoryNode> {
    return new Map(walk(this.target.disk.root));
  }

  #dial(isDead: () => boolean): Promise<Connection> {
    return new Promise((resolve, reject) => {
      this.scheduler.after(1, () => {
        if (isDead()) return;
        const { server } = this;
        if (server === undefined || !this.isNetworkUp) {
          reject(new DialError('unreachable', 'nobody answers'));
          return;
        }
        const wire = new Wire(this.scheduler, {
          arriving: (direction, bytes) => this.#arriving(direction, bytes),
          sharedBytes: (direction) =>
            this.violate(`bytes on their way ${direction} were changed by the sender`),
        });
        this.#wires = [...this.#wires.filter((known) => !known.isOver), wire];
        server.accept(wire.server);
        resolve(wire.client);
      });
    });
  }

  #arriving(direction: Direction, bytes: Uint8Array): readonly Uint8Array[] {
    const planted = this.#plants.arriving?.(direction, bytes) ?? [bytes];
    if (this.tampering === undefined || planted.length !== 1 || !isChanges(direction, bytes)) return planted;
    if (this.tampering === 'swap' && this.#held === undefined) {
      this.#held = bytes;
      return [];
    }
    const { tampering } = this;
    this.tampering = undefined;
    if (tampering === 'drop') return [];
    if (tampering === 'duplicate') return [bytes, bytes];
    const first = this.#held ?? bytes;
    this.#held = undefined;
    return [bytes, first];
  }

  // --- after every step ---------------------------------------------------------------------------

  #afterStep(): void {
    if (this.#isFuseLit && this.#isTargetDead()) {
      this.#isFuseLit = false;
      if (this.#stopping !== undefined) this.#dieStopping(this.#stopping);
      else if (this.#fuseKeeps === undefined) this.killClient(this.#fuseDownMs);
      else this.cutClientPower(this.#fuseDownMs, this.#fuseKeeps, this.#fuseKeeps);
    }
    if (!this.isSourceMounted && this.server !== undefined) this.#checkUnmounted(this.server);
    if (this.violations.length > 0) throw new Error(this.violations.join('\n'));
  }

  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  #isTargetDead(): boolean {
    try {
      this.target.release();
      return false;
    } catch (error) {
      if (error instanceof Crash) return true;
      throw error;
    }
  }

  #checkUnmounted({ index }: ServerProcess): void {
    const { removed } = index.changesSince(Math.min(this.#headAtUnmount, index.head), 1000, 1e9);
    if (removed.length > 0)
      this.violate(`I5: ${removed.length} deletes were published while the source was not mounted`);
  }

  #checkInSync(client: ClientProcess, problems: number): void {
    if (client.isTargetEdited || !this.isTargetMounted) return;
    if (problems === 0) {
      const wrong = findDifferences(client.state, this.targetNodes);
      if (wrong.length > 0) this.violate(`said to be in sync, but: ${wrong.join(', ')}`);
    }
    const isDurable = isOnDisk(this.target.disk.root);
    if (!isDurable && !this.#isEditUnflushed)
      this.violate('said to be in sync before everything was durable');
    if (isDurable) this.#isEditUnflushed = false;
    if (isDurable) this.oracle.proved();
    if (problems === 0) this.#isTrusted = true;
  }

  #checkForgotten(): void {
    const wrong = findForgotten(new MirrorState(this.#clientStore), this.targetNodes);
    if (wrong.length > 0) this.violate(`I8: neither on the target nor dirty: ${wrong.join(', ')}`);
  }

  // --- plumbing -----------------------------------------------------------------------------------

  #buryClient(downMs: number): void {
    this.#wasKilled = true;
    this.#isFuseLit = false;
    this.client?.kill();
    this.client = undefined;
    for (const fail of this.#targetFailures) fail();
    for (const wire of this.#wires) wire.die('to-client');
    this.#wires = [];
    this.scheduler.after(downMs, () => this.startClient());
  }

  /** A fuse that was lit burnt down while the client was stopping. */
  #dieStopping(client: ClientProcess): void {
    this.#stopping = undefined;
    client.kill();
    this.target = this.#reborn(this.target.processCrash(), (disk, user) => this.#targetTree(disk, user));
    this.#clientStore = this.#clientStore.processCrash();
    this.#buryClient(0);
  }

  #loseState(isLost: boolean): void {
    if (!isLost) return;
    this.#clientStore = createMemoryStore();
    this.#isStateLost = true;
  }

  /** A disk whose times come from the world's clock, in ticks of `tickMs` or never twice the same. */
  #makeDisk(tickMs: number): { disk: MemoryDisk; user: MemoryUser } {
    let lastNs = 0n;
    const clock = (): bigint => {
      const wallMs =
        tickMs === 0 ? this.scheduler.wallMs : Math.floor(this.scheduler.wallMs / tickMs) * tickMs;
      const nowNs = BigInt(Math.round(wallMs * 1000)) * 1000n;
      lastNs = tickMs === 0 && nowNs <= lastNs ? lastNs + 1000n : nowNs;
      return lastNs;
    };
    const latency = (): Promise<void> => {
      const ms = this.scheduler.upTo(2 * MAX_LATENCY_MS) - MAX_LATENCY_MS;
      return ms <= 0 ? Promise.resolve() : new Promise((resolve) => this.scheduler.after(ms, resolve));
    };
    return createMemoryTree({ clock, latency });
  }

  #sourceTree(disk: MemoryDisk, user: MemoryUser): MemoryTree {
    return this.#plants.sourceTree?.(disk, user) ?? new MemoryTree(disk, user);
  }

  #targetTree(disk: MemoryDisk, user: MemoryUser): MemoryTree {
    return this.#plants.targetTree?.(disk, user, this.oracle) ?? new ObservedTree(disk, user, this.oracle);
  }

  #reborn(tree: MemoryTree, make: (disk: MemoryDisk, user: MemoryUser) => MemoryTree): MemoryTree {
    return make(tree.disk, tree.user);
  }

  #hintSoon(): void {
    if (this.#isHintDue) return;
    this.#isHintDue = true;
    this.scheduler.after(this.scheduler.upTo(MAX_HINT_DELAY_MS), () => {
      this.#isHintDue = false;
      if (!this.isHintless) this.server?.watcher?.deliver();
    });
  }
}
