/** One life of a client's process: the real parts, put together as the program does it. */
import {
  COMPARE_ALL,
  type CompareRule,
  type DeleteRule,
  type HoldPolicy,
  MIRROR_DELETES,
} from '@lanmirror/engine/core';
import type { PathPattern } from '@lanmirror/engine/host';
import type { OrderedStore } from '@lanmirror/engine/store';
import type { WritableTree } from '@lanmirror/engine/tree';
import type { Connection, ServerState } from '@lanmirror/protocol';
import { Connector } from '../../packages/client/src/mirror/connector.ts';
import { Mirror } from '../../packages/client/src/mirror/mirror.ts';
import type { MirrorReport } from '../../packages/client/src/mirror/mirror-options.ts';
import { type Link, RefusedError } from '../../packages/client/src/session/link.ts';
import { MirrorState } from '../../packages/client/src/state/mirror-state.ts';
import type { OwnRuleSet } from '../../packages/client/src/state/own-rules.ts';
import { ProcessClock, type Scheduler } from './scheduler.ts';

export interface ClientParts {
  readonly scheduler: Scheduler;
  readonly name: string;
  readonly tree: WritableTree;
  readonly store: OrderedStore;
  /** The folder of the source that is mirrored. */
  readonly root: string;
  readonly maxWorkers: number;
  readonly policy: HoldPolicy;
  readonly mode: 'incremental' | 'full';
  readonly deleteRule?: DeleteRule;
  readonly keepsTrash?: boolean;
  /** Which differences count. */
  readonly compare?: CompareRule;
  /** What this mirror itself leaves out. */
  readonly ownRules: OwnRuleSet;
  /** The only part that this run deals with. */
  readonly only: PathPattern | undefined;
  /** What is in the target was never joined: a person is asked, and says yes. */
  readonly isAdoption: boolean;
  /** The target carries a marker, and this state does not know it. */
  readonly isStateLost: boolean;
  isTargetThere(): boolean;
  /** The target gets its marker. */
  join(): void;
  /** Never resolves for a process that `isDead` when the connection stands. */
  dial(isDead: () => boolean): Promise<Connection>;
  /** The client says that everything up to `sequence` is on the target and durable. */
  inSync(sequence: number, problems: number): void;
  /** The client holds deletions. */
  held(): void;
  /** An error that ends the program. */
  failedHard(error: unknown): void;
}

export class ClientProcess {
  readonly clock: ProcessClock;
  readonly state: MirrorState;
  readonly mirror: Mirror;
  readonly policy: HoldPolicy;
  readonly isAdoption: boolean;
  readonly part: PathPattern | undefined;
  /** Problems of the source as the server told them last. */
  serverState: ServerState | undefined;
  /** Why the server refuses this client; undefined when it does not. */
  refusal: string | undefined;
  /** The target was edited by somebody else since this process began. */
  isTargetEdited = false;
  #earlierBytes = 0;
  #link: Link | undefined;
  readonly #connector: Connector;

  constructor(parts: ClientParts) {
    const { scheduler, tree, store, isAdoption } = parts;
    this.clock = new ProcessClock(scheduler);
    this.state = new MirrorState(store);
    this.policy = parts.policy;
    this.isAdoption = isAdoption;
    this.part = parts.only;
    if (!isAdoption) this.#join(parts);
    this.mirror = new Mirror(
      {
        tree,
        state: this.state,
        clock: this.clock,
        random: scheduler.random,
        report: this.#report(parts),
        policy: parts.policy,
        maxWorkers: { most: parts.maxWorkers, large: parts.maxWorkers },
        minFreeSpace: 0,
        deleteRule: parts.deleteRule ?? MIRROR_DELETES,
        keepsTrash: parts.keepsTrash ?? true,
        compare: parts.compare ?? COMPARE_ALL,
        checkIntervalMs: 3_600_000,
        historyDays: 30,
        mode: parts.mode,
        ownRules: parts.ownRules,
        isCheckedFirst: isAdoption || parts.isStateLost || parts.only !== undefined,
        only: parts.only && (() => parts.only as PathPattern),
        isAdoption,
        isDryRun: false,
        isTargetThere: async () => this.state.meta.targetId === '' || parts.isTargetThere(),
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

  kill(): void {
    this.clock.isDead = true;
  }

  async stop(): Promise<void> {
    this.#connector.stop();
    await this.mirror.stop();
    await this.state.close();
    this.clock.isDead = true;
  }

  #join(parts: ClientParts): void {
    parts.join();
    if (this.state.meta.targetId === '') this.state.setMeta({ targetId: 'target' });
  }

  #connect(parts: ClientParts): Connector {
    const { scheduler } = parts;
    const trace = (line: string): void => scheduler.trace(`${parts.name} ${line}`);
    return new Connector({
      program: 'client',
      name: parts.name,
      share: '',
      root: parts.root,
      clock: this.clock,
      random: scheduler.random,
      dial: () => parts.dial(() => this.clock.isDead),
      cursor: () => this.state.meta.cursor,
      admit: () => Promise.resolve(true),
      connected: (link) => {
        this.#link = link;
        this.refusal = undefined;
        trace(`connected: ${link.welcome.reason}`);
        this.mirror.connected(link);
      },
      changes: (changes) => this.mirror.changes(changes),
      state: (state) => {
        this.serverState = state;
      },
      rules: (rules) => this.mirror.rules(rules),
      fingerprint: (fingerprint) => this.mirror.fingerprints.heard(fingerprint),
      disconnected: (why) => {
        trace(`disconnected: ${why}`);
        this.#earlierBytes += this.#link?.contentBytes ?? 0;
        this.#link = undefined;
        this.mirror.disconnected();
      },
      failed: (error) => {
        const isFinal = error instanceof RefusedError && error.refusal.code === 'no-such-root';
        this.refusal = isFinal ? error.message : undefined;
        trace(`cannot connect: ${error.message}`);
      },
    });
  }

  #report(parts: ClientParts): MirrorReport {
    const trace = (line: string): void => parts.scheduler.trace(`${parts.name} ${line}`);
    return {
      created: (path) => trace(`created ${path}`),
      modified: (path) => trace(`modified ${path}`),
      deleted: (path) => trace(`deleted ${path}`),
      renamed: (from, to) => trace(`renamed ${from} to ${to}`),
      edited: () => undefined,
      added: () => undefined,
      extra: (path) => trace(`put away ${path}`),
      kept: (path) => trace(`keeps ${path}`),
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
      compared: (comparison) => trace(`fingerprints: ${comparison}`),
      targetKind: ({ kind }) => trace(`target kind: ${kind}`),
      traits: (traits) => trace(`traits: ${JSON.stringify(traits)}`),
      searched: (folders, entries) => trace(`searched ${folders} folders, was told ${entries}`),
      differing: (paths, isLeft) => trace(`differs at ${paths.join(' ')}${isLeft ? ' and stays so' : ''}`),
      problem: ({ path, code }) => trace(`problem ${code} ${path}`),
      held: ({ missing }) => {
        trace(`holds ${missing} deletes`);
        parts.held();
      },
      targetHalt: (reason) => trace(`target halt: ${reason}`),
      checked: ({ changed, added }) => trace(`checked: ${changed.join(' ')} changed, ${added} added`),
      comparing: (files) => trace(`comparing ${files}`),
      letIn: (paths) => trace(`lets in ${paths.join(' ')}`),
      leftAlone: (paths) => trace(`leaves alone ${paths.join(' ')}`),
      confirm: ({ matches, extras, toFetch }) => {
        trace(`adopts ${matches} matches, ${extras} extras, ${toFetch} to fetch`);
        this.#join(parts);
        return Promise.resolve(true);
      },
    };
  }
}
