/** One life of the client's process: the real parts, put together as the program does it. */
import type { OrderedStore } from '@lanmirror/engine/store';
import type { WritableTree } from '@lanmirror/engine/tree';
import type { Connection, ServerState } from '@lanmirror/protocol';
import type { Problem } from '../../packages/client/src/apply/problem-list.ts';
import { Connector } from '../../packages/client/src/mirror/connector.ts';
import { Mirror } from '../../packages/client/src/mirror/mirror.ts';
import type { MirrorReport } from '../../packages/client/src/mirror/mirror-options.ts';
import type { Link } from '../../packages/client/src/session/link.ts';
import { MirrorState } from '../../packages/client/src/state/mirror-state.ts';
import { ProcessClock, type Scheduler } from './scheduler.ts';

export interface ClientParts {
  readonly scheduler: Scheduler;
  readonly tree: WritableTree;
  readonly store: OrderedStore;
  readonly maxWorkers: number;
  readonly isStateLost: boolean;
  isTargetThere(): boolean;
  /** Never resolves for a process that `isDead` when the connection stands. */
  dial(isDead: () => boolean): Promise<Connection>;
  /** The client says that everything up to `sequence` is on the target and durable. */
  inSync(sequence: number, problems: number): void;
  /** An error that ends the program. */
  failedHard(error: unknown): void;
}

export class ClientProcess {
  readonly clock: ProcessClock;
  readonly state: MirrorState;
  readonly mirror: Mirror;
  /** Problems of the source as the server told them last. */
  serverState: ServerState | undefined;
  /** The target was edited by somebody else since this process began. */
  isTargetEdited = false;
  #earlierBytes = 0;
  #link: Link | undefined;
  readonly #connector: Connector;

  constructor(parts: ClientParts) {
    const { scheduler, tree, store } = parts;
    this.clock = new ProcessClock(scheduler);
    this.state = new MirrorState(store);
    // Joined before: the marker in the target has the id that the state knows.
    if (this.state.meta.targetId === '') this.state.setMeta({ targetId: 'target' });
    this.mirror = new Mirror(
      {
        tree,
        state: this.state,
        clock: this.clock,
        random: scheduler.random,
        report: this.#report(parts),
        policy: { holdPercent: 50, holdMin: 100 },
        maxWorkers: parts.maxWorkers,
        mode: 'incremental',
        isCheckedFirst: parts.isStateLost,
        isAdoption: false,
        isDryRun: false,
        isTargetThere: async () => parts.isTargetThere(),
      },
      parts.failedHard,
    );
    this.#connector = this.#connect(parts);
    this.mirror
      .start()
      .then(() => {
        if (!this.clock.isDead) this.#connector.start();
      })
      .catch(parts.failedHard);
  }

  /** Bytes of contents received in this life. */
  get contentBytes(): number {
    return this.#earlierBytes + (this.#link?.contentBytes ?? 0);
  }

  /** Problems that a person was told of, on either side. */
  get toldProblems(): readonly string[] {
    const own = this.mirror.problems.map((problem: Problem) => problem.path);
    return [...own, ...(this.serverState?.problems.map(({ path }) => path) ?? [])];
  }

  kill(): void {
    this.clock.isDead = true;
  }

  async stop(): Promise<void> {
    this.#connector.stop();
    await this.mirror.stop();
    await this.state.close();
    this.clock.isDead = true;
  }

  #connect(parts: ClientParts): Connector {
    const { scheduler } = parts;
    return new Connector({
      program: 'client',
      name: 'client',
      root: '',
      clock: this.clock,
      random: scheduler.random,
      dial: () => parts.dial(() => this.clock.isDead),
      cursor: () => this.state.meta.cursor,
      admit: () => Promise.resolve(true),
      connected: (link) => {
        this.#link = link;
        scheduler.trace(`client connected: ${link.welcome.reason}`);
        this.mirror.connected(link);
      },
      changes: (changes) => this.mirror.changes(changes),
      state: (state) => {
        this.serverState = state;
        this.mirror.serverState(state);
      },
      disconnected: (why) => {
        scheduler.trace(`client disconnected: ${why}`);
        this.#earlierBytes += this.#link?.contentBytes ?? 0;
        this.#link = undefined;
        this.mirror.disconnected();
      },
      failed: (error) => scheduler.trace(`client cannot connect: ${error.message}`),
    });
  }

  #report(parts: ClientParts): MirrorReport {
    const trace = (line: string): void => parts.scheduler.trace(`client ${line}`);
    return {
      created: (path) => trace(`created ${path}`),
      modified: (path) => trace(`modified ${path}`),
      deleted: (path) => trace(`deleted ${path}`),
      renamed: (from, to) => trace(`renamed ${from} to ${to}`),
      copying: () => undefined,
      settled: () => undefined,
      warn: (text) => trace(`warns: ${text}`),
      planned: (_mode, found, needed) => trace(`planned ${needed} of ${found}`),
      progress: () => undefined,
      finished: () => trace('finished its pass'),
      inSync: (sequence, problems) => {
        trace(`in sync at ${sequence} but for ${problems}`);
        parts.inSync(sequence, problems);
      },
      problem: ({ path, code }) => trace(`problem ${code} ${path}`),
      held: (missing) => trace(`holds ${missing} deletes`),
      targetHalt: (reason) => trace(`target halt: ${reason}`),
      serverState: () => undefined,
      checked: ({ changed, added }) => trace(`checked: ${changed.join(' ')} changed, ${added} added`),
      comparing: (files) => trace(`comparing ${files}`),
      confirm: () => Promise.resolve(true),
    };
  }
}
