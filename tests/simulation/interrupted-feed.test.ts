/**
 * The feed by itself: an index that loses power, and a client whose sessions break off in the middle of a
 * set. Parts are small here, so that a set has many of them.
 */
import { decideFeed } from '@lanmirror/engine/core';
import { createMemoryStore, type MemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import { ROOT_ID, type SourceEntry, type Welcome } from '@lanmirror/protocol';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { Stage } from '../../packages/client/src/plan/stage.ts';
import { MirrorState } from '../../packages/client/src/state/mirror-state.ts';
import type { Observed } from '../../packages/server/src/index/index-entry.ts';
import { TreeIndex, toSourceEntry } from '../../packages/server/src/index/tree-index.ts';

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

  edit(slot: number, how: 'write' | 'remove'): void {
    this.index.transact(() => {
      const folderName = `d${slot % 2}`;
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
  #index: TreeIndex | undefined;

  connect(index: TreeIndex): void {
    const { cursor } = this.state.meta;
    const { feed } = decideFeed(cursor, index);
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
    this.#position = feed === 'continue' ? (cursor?.sequence ?? 0) : 0;
  }

  /** Takes one part, if there is a session; returns whether that completed a set. */
  takePart(): boolean {
    if (this.#index === undefined) return false;
    const part = this.#index.changesSince(this.#position, PART, 1e6);
    const head = part.upTo === this.#index.head;
    this.#stage.take({ type: 'changes', after: this.#position, head, ...part });
    this.#position = part.upTo;
    return head;
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
  | { readonly do: 'flush' | 'connect' | 'disconnect' | 'part' }
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
  { weight: 4, arbitrary: fc.record({ do: fc.constant('part' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('flush' as const, 'disconnect' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('connect' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('losePower' as const), keep: fc.constantFrom(0, 0.5, 1) }),
  },
);

test(`a completed set is what the index has, whatever broke off and was lost before (SEED=${SEED})`, async () => {
  console.log(`SEED=${SEED}`);
  const property = fc.asyncProperty(fc.array(event, { maxLength: 60, size: 'max' }), async (events) => {
    const server = new Server();
    await server.flush();
    const client = new Client();
    const compare = (): void => {
      const byId = (a: SourceEntry, b: SourceEntry): number => a.id - b.id;
      expect([...client.state.view.all()].sort(byId)).toEqual(entriesOf(server.index).sort(byId));
    };
    for (const step of events) {
      if (step.do === 'edit') server.edit(step.slot, step.how);
      else if (step.do === 'flush') await server.flush();
      else if (step.do === 'part' && client.takePart()) compare();
      else if (step.do === 'connect') client.connect(server.index);
      else if (step.do === 'disconnect') client.disconnect();
      else if (step.do === 'losePower') {
        client.disconnect();
        await server.losePower(step.keep);
      }
    }
    client.connect(server.index);
    while (!client.takePart());
    compare();
  });
  await fc.assert(property, { seed: SEED, numRuns: 1000 });
});
