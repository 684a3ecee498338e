/** A client's machine: the target's disk, the state's disk, and at most one process that mirrors. */
import {
  COMPARE_ALL,
  type CompareRule,
  type DeleteRule,
  MIRROR_DELETES,
  sourceName,
} from '@lanmirror/engine/core';
import { createMemoryStore, type MemoryStore } from '@lanmirror/engine/store';
import { checkPath, joinPath, nameOf, parentOf } from '@lanmirror/protocol';
import { MirrorState } from '../../packages/client/src/state/mirror-state.ts';
import { NO_OWN_RULES, type OwnRuleSet } from '../../packages/client/src/state/own-rules.ts';
import { sourcePathOf } from '../../packages/client/src/state/placement.ts';
import { type Absence, Crash } from '../../packages/engine/src/tree/memory/index.ts';
import type { MemoryTree } from '../../packages/engine/src/tree/memory/memory-tree.ts';
import type { MemoryUser } from '../../packages/engine/src/tree/memory/user.ts';
import { ClientProcess } from './client-process.ts';
import { DeleteOracle } from './delete-oracle.ts';
import { HistoryOracle } from './history-oracle.ts';
import type { Network } from './network.ts';
import { isOnDisk, type MemoryNode, walk } from './node-walk.ts';
import { ObservedTree, type TreeObserver } from './observed-tree.ts';
import { type Part, patternOf } from './part.ts';
import type { Ground } from './plants.ts';
import { type MirrorScene, PATHS } from './scene.ts';
import { makeDisk } from './site-disk.ts';
import { type SourceSite, sourcePath } from './source-site.ts';
import { findDifferences, findForgotten } from './state-oracle.ts';
import { TargetOracle } from './target-oracle.ts';

const HOLD_PERCENT = 50;
/** With this nothing is held: a person agreed. */
const AGREED_PERCENT = 100;

interface Fuse {
  readonly downMs: number;
  /** The part of what was not flushed that the disks had written; undefined when only the process dies. */
  readonly keep: number | undefined;
}

export class MirrorSite {
  readonly scene: MirrorScene;
  readonly oracle: TargetOracle;
  readonly deletes: DeleteOracle;
  readonly #history = new HistoryOracle();
  tree: MemoryTree;
  client: ClientProcess | undefined;
  isMounted = true;
  /** What becomes of what is gone at the source; taken over at a start. */
  deleteRule: DeleteRule = MIRROR_DELETES;
  /** Which differences count; taken over at a start. */
  compare: CompareRule = COMPARE_ALL;
  #ownRules: OwnRuleSet = NO_OWN_RULES;
  readonly #name: string;
  readonly #ground: Ground;
  readonly #network: Network;
  readonly #source: SourceSite;
  readonly #observer: TreeObserver;
  #store: MemoryStore = createMemoryStore();
  #mode: 'incremental' | 'full';
  /** The next run deals with this part only. */
  #part: Part | undefined;
  #holdPercent = HOLD_PERCENT;
  /** The target carries a marker; and the state has been written at least once. */
  #hasMarker = false;
  #fuse: Fuse | undefined;
  #failures: (() => void)[] = [];
  #stopping: ClientProcess | undefined;
  /** What somebody else did on the target is not durable yet, which is not the client's business. */
  #isEditUnflushed = false;
  /** Nothing has happened to the target that the client can only find by looking at it. */
  #isTrusted = true;

  constructor(name: string, ground: Ground, network: Network, source: SourceSite, scene: MirrorScene) {
    this.#name = name;
    this.#ground = ground;
    this.#network = network;
    this.#source = source;
    this.scene = scene;
    this.#mode = scene.mode;
    const { scheduler } = ground;
    const violate = (text: string): void => ground.violate(`${text} (${name})`);
    const nowMs = (): number => scheduler.nowMs;
    const { mtimeStepMs, disk, placesBeside } = scene;
    this.tree = makeDisk(scheduler, { tickMs: 0, mtimeStepMs, disk, placesBeside });
    const knownPath = (path: string): string => this.#knownPath(path);
    this.oracle = new TargetOracle(this.tree.disk, source.history, scene.root, nowMs, knownPath, violate);
    this.deletes = new DeleteOracle(this.tree.disk, nowMs, violate);
    this.#observer = this.#observe();
    this.#rebirth(this.tree);
  }

  /** Somebody else works on the target. */
  edit(paths: readonly string[], work: (user: MemoryUser) => void): void {
    if (!this.isMounted) return;
    this.oracle.edit(this.#spellings(paths), () => work(this.tree.user));
    this.#isEditUnflushed = true;
    this.#isTrusted = false;
    if (this.client !== undefined) this.client.isTargetEdited = true;
  }

  unmount(left: Absence): void {
    if (!this.isMounted) return;
    this.isMounted = false;
    this.tree.user.unmount(left);
    this.oracle.remounted();
  }

  mount(): void {
    this.isMounted = true;
    this.tree.user.mount();
    this.oracle.remounted();
    this.start();
  }

  /** Nothing new finds room on the target for a while. */
  fill(ms: number): void {
    this.tree.disk.isFull = true;
    this.#ground.scheduler.after(ms, () => {
      this.tree.disk.isFull = false;
    });
  }

  /** `plan` makes the tree fail, that of the next process too, until `heal`. */
  fail(plan: (tree: MemoryTree) => void): void {
    this.#failures.push(() => plan(this.tree));
    plan(this.tree);
  }

  heal(): void {
    this.#failures = [];
    this.tree.disk.isFull = false;
    for (const path of PATHS) this.tree.heal(path);
  }

  start(): void {
    // A folder that was never joined and is not there is refused; one that was is waited for.
    const isKnown = new MirrorState(this.#store).meta.targetId !== '';
    if (this.client !== undefined || this.#stopping !== undefined || !(this.isMounted || isKnown)) return;
    const { scheduler, plants } = this.#ground;
    scheduler.trace(`${this.#name} starts`);
    const policy = { holdPercent: this.#holdPercent, holdMin: this.scene.holdMin };
    // What was never joined has to be taken over as a whole first.
    const part = isKnown ? this.#part : undefined;
    const client: ClientProcess = new ClientProcess({
      scheduler,
      name: this.#name,
      tree: this.tree,
      store: plants.clientStore?.(this.#store) ?? this.#store,
      root: this.scene.root,
      maxWorkers: this.scene.maxWorkers,
      policy: plants.policy?.(policy) ?? policy,
      mode: this.#mode,
      deleteRule: this.deleteRule,
      compare: this.compare,
      ownRules: this.#ownRules,
      only: part && patternOf(part),
      isAdoption: !isKnown && !this.#hasMarker && this.tree.disk.root?.slots.size !== 0,
      isStateLost: !isKnown && this.#hasMarker,
      isTargetThere: () => plants.isTargetThere?.(this.isMounted) ?? this.isMounted,
      join: () => {
        this.#hasMarker = true;
      },
      dial: (isDead) => this.#network.dial(this, () => this.#source.server, isDead),
      inSync: (_sequence, problems) => {
        if (this.client === client) this.#checkInSync(client, problems);
      },
      held: () => {
        if (this.client === client) this.deletes.held(client.state);
      },
      failedHard: (error) => this.#ground.threw(error),
    });
    this.client = client;
    this.#mode = 'incremental';
    this.#part = undefined;
  }

  /** Other rules of this mirror itself, at once where it runs. */
  useOwnRules(set: OwnRuleSet): void {
    this.#ownRules = set;
    this.client?.mirror.useOwnRules(set);
  }

  stop(downMs: number): void {
    const { client } = this;
    if (client === undefined) return;
    this.#ground.scheduler.trace(`${this.#name} stops`);
    this.client = undefined;
    this.#stopping = client;
    client
      .stop()
      .then(() => {
        if (this.#stopping !== client) return;
        this.#stopping = undefined;
        this.#store = this.#store.reopen();
        this.#startIn(downMs);
      })
      .catch((error: unknown) => this.#ground.threw(error));
  }

  /** The next run fetches every file again. */
  restartFull(downMs: number): void {
    this.#mode = 'full';
    this.stop(downMs);
  }

  /** The next run looks at a part of the target, and puts only that right. */
  restartOnly(downMs: number, part: Part): void {
    this.#part = part;
    this.stop(downMs);
  }

  kill(downMs: number, isStateLost = false): void {
    if (this.client === undefined) return;
    this.#ground.scheduler.trace(`${this.#name} dies, state lost ${isStateLost}`);
    const after = this.#store.processCrash();
    this.#store = this.#ground.plants.clientStoreAfterKill?.(after) ?? after;
    this.#checkHistory(new MirrorState(this.#store));
    if (this.isMounted && this.#isTrusted) this.#checkForgotten();
    if (isStateLost) this.#store = createMemoryStore();
    if (isStateLost) this.deletes.forget();
    this.#bury(this.tree.processCrash(), downMs);
  }

  /** `keepTree` and `keepStore`: the parts of what was not flushed that the disks had written. */
  cutPower(downMs: number, keepTree: number, keepStore: number): void {
    if (this.client === undefined) return;
    if (!this.isMounted) return this.kill(downMs);
    this.#ground.scheduler.trace(`${this.#name} loses power, keeps ${keepTree} and ${keepStore}`);
    let { tree } = this;
    this.#isTrusted = false;
    this.deletes.forget();
    this.oracle.powerLoss(() => {
      tree = this.tree.powerLoss(Math.floor(keepTree * this.tree.pendingChanges));
    });
    this.#store = this.#store.powerLoss(Math.floor(keepStore * this.#store.unflushed));
    this.#bury(tree, downMs);
  }

  /** The process dies at its `n`-th change of the target from now on; with its machine, if `keep` is given. */
  lightFuse(n: number, downMs: number, keep?: number): void {
    if (this.client === undefined) return;
    this.tree.fuse(n);
    this.#fuse = { downMs, keep };
  }

  /** No fuse burns any more. */
  defuse(): void {
    this.tree.fuse(Number.POSITIVE_INFINITY);
  }

  /** A person agrees to what is held, as the manual says: the state goes, and one run holds nothing. */
  agree(): void {
    this.#holdPercent = AGREED_PERCENT;
    this.kill(0, true);
  }

  /** From the next start on deletions are held as usual. */
  disagree(): void {
    this.#holdPercent = HOLD_PERCENT;
  }

  /** After each step of the world. */
  check(): void {
    const fuse = this.#fuse;
    if (fuse === undefined || !this.#isDead()) return;
    this.#fuse = undefined;
    if (this.#stopping !== undefined) this.#dieStopping(this.#stopping);
    else if (fuse.keep === undefined) this.kill(fuse.downMs);
    else this.cutPower(fuse.downMs, fuse.keep, fuse.keep);
  }

  /** Everything that a person can see on the target. */
  get nodes(): Map<string, MemoryNode> {
    return new Map(walk(this.tree.disk.root));
  }

  /** These paths, as a disk that folds names may show them. */
  #spellings(paths: readonly string[]): string[] {
    if (this.scene.disk === undefined) return [...paths];
    const fold = (path: string): string => path.normalize('NFC').toLowerCase();
    const folded = new Set(paths.map(fold));
    return [...paths, ...[...this.nodes.keys()].filter((path) => folded.has(fold(path)))];
  }

  /** The path at the source of what stands at `path`, as the client has it in its books; on a plain disk its own. */
  #knownPath(path: string): string {
    const { client, scene } = this;
    if (client === undefined || scene.disk === undefined) return path;
    const { baseline, meta } = client.state;
    let id: number | undefined = meta.rootId;
    for (const name of path.split('/')) id = id === undefined ? undefined : baseline.occupantId(id, name);
    return (id === undefined ? undefined : sourcePathOf(client.state, id)) ?? path;
  }

  #observe(): TreeObserver {
    const violate = (text: string): void => this.#ground.violate(`${text} (${this.#name})`);
    return {
      working: (path) => {
        this.#history.working(path);
        if (!this.isMounted)
          violate(`I3: ${JSON.stringify(path)} was worked on while the target was not there`);
        const fault = path === '' ? undefined : checkPath(path);
        // What is reserved is refused by every tree, and told.
        if (fault !== undefined && fault !== 'reserved') violate(`I3: ${JSON.stringify(path)} is ${fault}`);
      },
      puttingAway: (path) => {
        this.oracle.puttingAway(path);
        const { client } = this;
        if (client === undefined || client.isAdoption || this.oracle.isEdited(path)) return;
        this.deletes.puttingAway(path, client.state, {
          holdPercent: this.#holdPercent,
          holdMin: this.scene.holdMin,
        });
      },
      keptVersion: (path) => {
        this.#history.working(path);
        this.oracle.keptVersion(path);
      },
    };
  }

  #isDead(): boolean {
    try {
      this.tree.release();
      return false;
    } catch (error) {
      if (error instanceof Crash) return true;
      throw error;
    }
  }

  #checkInSync(client: ClientProcess, problems: number): void {
    this.deletes.released();
    this.#checkHistory(client.state);
    if (client.isTargetEdited || !this.isMounted) return;
    const violate = (text: string): void => this.#ground.violate(`${text} (${this.#name})`);
    // A part is of names at the source, and this looks at names here.
    const isComparable = client.part === undefined || this.scene.disk === undefined;
    if (problems === 0 && isComparable) {
      const wrong = findDifferences(
        ...([client.state, notKept(client.state, this.nodes), this.scene, client.part] as const),
        (path) => this.#isComing(path),
      );
      if (wrong.length > 0) violate(`I8: said to be in sync, but: ${wrong.join(', ')}`);
    }
    const isDurable = isOnDisk(this.tree.disk.root);
    if (!isDurable && !this.#isEditUnflushed) violate('I8: said to be in sync before everything was durable');
    if (isDurable) this.#isEditUnflushed = false;
    if (client.part !== undefined) return;
    if (isDurable) this.oracle.proved();
    if (problems === 0) this.#isTrusted = true;
  }

  /** A folder that was renamed from under a rule brings along what was left alone in it, and is published from now on. */
  #isComing(path: string): boolean {
    const { filter, tree } = this.#source;
    const known = sourcePath(this.scene.root, this.#likelyPath(path));
    return !filter.isEmpty && tree.disk.find(known) !== undefined;
  }

  /** What is in no book stands under the name that the target makes of its own. */
  #likelyPath(path: string): string {
    const { client } = this;
    if (path === '' || client === undefined) return path;
    const known = this.#knownPath(path);
    if (known !== path) return known;
    const name = sourceName(client.state.meta.traits.names, nameOf(path));
    return joinPath(this.#likelyPath(parentOf(path)), name ?? nameOf(path));
  }

  #checkHistory(state: MirrorState): void {
    // It tells of names at the source, and what was worked on are names here.
    if (this.scene.disk !== undefined) return;
    const invented = this.#history.findInvented(state.history);
    if (invented.length > 0)
      this.#ground.violate(`I16: told, and not done: ${invented.join(', ')} (${this.#name})`);
  }

  #checkForgotten(): void {
    const state = new MirrorState(this.#store);
    const wrong = findForgotten(state, notKept(state, this.nodes), this.scene);
    if (wrong.length > 0)
      this.#ground.violate(`I8: neither on the target nor dirty: ${wrong.join(', ')} (${this.#name})`);
  }

  #bury(tree: MemoryTree, downMs: number): void {
    this.#fuse = undefined;
    this.client?.kill();
    this.client = undefined;
    this.#rebirth(tree);
    this.#network.clientDied(this);
    this.#startIn(downMs);
  }

  /** A fuse that was lit burnt down while the client was stopping. */
  #dieStopping(client: ClientProcess): void {
    this.#stopping = undefined;
    client.kill();
    this.#store = this.#store.processCrash();
    this.#bury(this.tree.processCrash(), 0);
  }

  #startIn(downMs: number): void {
    this.#ground.scheduler.after(downMs, () => this.start());
  }

  /** The tree as the next process has it. */
  #rebirth({ disk, user }: MemoryTree): void {
    const { targetTree } = this.#ground.plants;
    this.tree = targetTree?.(disk, user, this.#observer) ?? new ObservedTree(disk, user, this.#observer);
    for (const fail of this.#failures) fail();
  }
}

/** What stands on a target without what the books have as kept although the source does not have it. */
function notKept(
  { kept, baseline, meta }: MirrorState,
  nodes: Map<string, MemoryNode>,
): Map<string, MemoryNode> {
  if (meta.keptEntries === 0) return nodes;
  const pathOf = (id: number): string => {
    const entry = kept.get(id);
    return entry === undefined ? (baseline.pathOf(id) ?? '?') : joinPath(pathOf(entry.parentId), entry.name);
  };
  const paths = new Set([...kept.all()].map(({ id }) => pathOf(id)));
  return new Map([...nodes].filter(([path]) => !paths.has(path)));
}
