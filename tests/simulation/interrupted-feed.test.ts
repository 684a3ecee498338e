/**
 * The feed by itself: an index that loses power, and a client whose sessions break off in the middle of a
 * set, and who may be away for longer than removals are remembered. Parts are small here, so that a set has
 * many of them.
 */
import { decideFeed } from '@lanmirror/engine/core';
import { createMemoryStore, type MemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import { ROOT_ID, type SourceEntry, type Welcome } from '@lanmirror/protocol';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { Stage } from '../../packages/client/src/plan/stage.ts';
import { MirrorState } from '../../packages/client/src/state/mirror-state.ts';
import type { Observed } from '../../packages/engine/src/source/index/index-entry.ts';
import { toSourceEntry } from '../../packages/engine/src/source/index/index-entry.ts';
import { TreeIndex } from '../../packages/engine/src/source/index/tree-index.ts';
import { answerList } from '../../packages/engine/src/source/session/folder-list.ts';

beforeAll(async () => {
  await loadHash();
});

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));
const PART = 2;

class Server {
  index: TreeIndex;
  #store: MemoryStore = createMemoryStore();
  #nodes = 0n;

  constructor() {
    this.index = TreeIndex.open(
      this.#store,
      () => 'index',
      () => 1,
    );
    this.index.transact(() => this.index.create(0, '', this.#seen('directory')));
  }

  /** A folder goes into another one, or a file into a folder. */
  move(slot: number): void {
    const [from, to] = [
      this.index.child(ROOT_ID, `d${slot % 3}`),
      this.index.child(ROOT_ID, `d${(slot + 1) % 3}`),
    ];
    if (from === undefined || to === undefined) return;
    const file = this.index.child(from.id, `f${slot}`);
    const moved = slot % 2 === 0 ? from : file;
    if (moved === undefined || this.index.child(to.id, moved.name) !== undefined) return;
    if (this.index.pathOf(to.id)?.startsWith(`${this.index.pathOf(moved.id)}/`)) return;
    this.index.transact(() => this.index.move(moved, to.id, moved.name));
  }

  forgetRemovals(): void {
    this.index.transact(() => this.index.expireTombstones(1, 0, 1000));
  }

  edit(slot: number, how: 'write' | 'remove'): void {
    this.index.transact(() => {
      const folderName = `d${slot % 3}`;
      const known = this.index.child(ROOT_ID, folderName);
      const folder = known ?? this.index.create(ROOT_ID, folderName, this.#seen('directory'));
      const file = this.index.child(folder.id, `f${slot}`);
      if (how === 'remove') this.index.remove(slot % 5 === 0 ? folder : (file ?? folder), 0);
      else if (file === undefined) this.index.create(folder.id, `f${slot}`, this.#seen('file'));
      else this.index.update(file, this.#seen('file'), true);
    });
  }

  flush(): Promise<void> {
    return this.#store.flushed();
  }

  /** The next life makes its generation durable before it says anything. */
  losePower(keep: number): Promise<void> {
    this.#store = this.#store.powerLoss(Math.floor(keep * this.#store.unflushed));
    this.index = TreeIndex.open(
      this.#store,
      () => 'index',
      () => 1,
    );
    return this.#store.flushed();
  }

  #seen(kind: 'directory' | 'file'): Observed {
    this.#nodes += 1n;
    const facts = { sizeBytes: 0, mtimeNs: this.#nodes, ctimeNs: 0n, birthtimeNs: 0n, links: 1 };
    return { ...facts, kind, mtimeUs: 0, mode: 0, linkTarget: '', dev: 1n, ino: this.#nodes, isFresh: false };
  }
}

class Client {
  readonly state = new MirrorState(createMemoryStore());
  readonly #stage = new Stage(this.state);
  #position = -1;
  #mayLackTo = 0;
  #index: TreeIndex | undefined;
  walks = 0;

  connect(index: TreeIndex): void {
    const { cursor } = this.state.meta;
    const { feed } = decideFeed(cursor, index);
    if (feed === 'walk' && this.state.meta.isCompareDue) {
      this.state.setMeta({ cursor: null });
      return this.connect(index);
    }
    const { indexId, generation } = index;
    const labels = {
      program: '',
      name: '',
      session: '',
      reason: '',
      shareMarks: [],
      outerMarks: [],
      rootPath: '',
    };
    const welcome: Welcome = {
      ...labels,
      type: 'welcome',
      protocol: 1,
      rootId: ROOT_ID,
      indexId,
      generation,
      feed,
    };
    this.#stage.begin(welcome);
    this.#index = index;
    this.#position = feed === 'snapshot' ? 0 : (cursor?.sequence ?? 0);
    this.#mayLackTo = { snapshot: index.head, walk: index.oldestTombstone, continue: 0 }[feed];
    if (feed === 'walk') this.walks += 1;
  }

  /** Takes one part, if there is a session; returns whether that completed a set. */
  takePart(): boolean {
    if (this.#index === undefined) return false;
    // The session ends, and the client comes back with its cursor.
    if (this.#index.oldestTombstone > Math.max(this.#position, this.#mayLackTo)) this.connect(this.#index);
    const part = this.#index.changesSince(this.#position, PART, 1e6);
    const head = part.upTo === this.#index.head;
    const set = this.#stage.take({ type: 'changes', after: this.#position, head, ...part }, 0);
    this.#position = part.upTo;
    return set !== undefined;
  }

  /** Asks for one folder, if something is searched for; returns whether that completed a set. */
  ask(): boolean {
    const walk = this.#stage.search?.walk;
    if (this.#index === undefined || walk === undefined || walk.isOver) return false;
    walk.take(answerList(this.#index, { type: 'list', request: 1, ...walk.question(1) }));
    return this.#stage.searched() !== undefined;
  }

  /** Everything that is known is done on the target. */
  apply(): void {
    const { state } = this;
    const disk = { ino: 0n, mtimeNs: 0n, ctimeNs: 0n, sizeBytes: 0 };
    state.transact(() => {
      for (const { id } of [...state.baseline.all()]) state.baseline.remove(id);
      for (const entry of state.view.all())
        state.baseline.put({ ...entry, hash: null, disk, bornMs: 0, checkpoint: 1 });
      for (const id of state.dirtyIds()) state.markClean(id);
      state.setMeta({ isCompareDue: false });
    });
  }

  disconnect(): void {
    this.#index = undefined;
  }
}

function entriesOf(index: TreeIndex, folderId = 0): SourceEntry[] {
  return [...index.children(folderId)].flatMap((entry) => [
    toSourceEntry(entry),
    ...entriesOf(index, entry.id),
  ]);
}

type Event =
  | { readonly do: 'edit'; readonly slot: number; readonly how: 'write' | 'remove' }
  | { readonly do: 'move'; readonly slot: number }
  | { readonly do: 'flush' | 'connect' | 'disconnect' | 'part' | 'ask' | 'apply' | 'forget' | 'settle' }
  | { readonly do: 'losePower'; readonly keep: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      slot: fc.nat(9),
      how: fc.constantFrom('write' as const, 'write' as const, 'remove' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('move' as const), slot: fc.nat(9) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('part' as const, 'part' as const, 'ask' as const) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('apply' as const, 'forget' as const, 'settle' as const) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('flush' as const, 'disconnect' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('connect' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('losePower' as const), keep: fc.constantFrom(0, 0.5, 1) }),
  },
);

test(`a completed set is what the index has, whatever broke off and was lost before (SEED=${SEED})`, async () => {
  console.log(`SEED=${SEED}`);
  let walks = 0;
  const property = fc.asyncProperty(fc.array(event, { maxLength: 60, size: 'max' }), async (events) => {
    const server = new Server();
    await server.flush();
    const client = new Client();
    const compare = (): void => {
      const byId = (a: SourceEntry, b: SourceEntry): number => a.id - b.id;
      expect([...client.state.view.all()].sort(byId)).toEqual(entriesOf(server.index).sort(byId));
      for (const { id, parentId, name } of client.state.view.all())
        expect(client.state.view.childId(parentId, name)).toBe(id);
      isWhole = true;
    };
    let isWhole = false;
    const settle = (): void => {
      client.connect(server.index);
      while (!client.takePart() && !client.ask());
      compare();
    };
    for (const step of events) {
      isWhole &&= ['apply', 'forget', 'flush', 'disconnect', 'connect'].includes(step.do);
      if (step.do === 'edit') server.edit(step.slot, step.how);
      else if (step.do === 'move') server.move(step.slot);
      else if (step.do === 'forget') server.forgetRemovals();
      else if (step.do === 'settle') {
        settle();
        client.apply();
      }
      // A set is planned when it is complete; what was told of the next one before that is only seen.
      else if (step.do === 'apply' && isWhole) client.apply();
      else if (step.do === 'ask' && client.ask()) compare();
      else if (step.do === 'flush') await server.flush();
      else if (step.do === 'part' && client.takePart()) compare();
      else if (step.do === 'connect') client.connect(server.index);
      else if (step.do === 'disconnect') client.disconnect();
      else if (step.do === 'losePower') {
        client.disconnect();
        await server.losePower(step.keep);
      }
    }
    settle();
    walks += client.walks;
  });
  await fc.assert(property, { seed: SEED, numRuns: 1500 });
  expect(walks).toBeGreaterThan(100);
});
