/**
 * Takes what the server tells: sessions begin and end, and their changes become complete sets, which are
 * planned. Owns the present link and how far the source is known to be.
 */
import { isPlainRule, isWalkTooLong } from '@lanmirror/engine/core';
import type { PathPattern } from '@lanmirror/engine/host';
import { type Changes, parentOf } from '@lanmirror/protocol';
import { summarizeAdoption } from '../plan/difference.ts';
import { forgetExcluded } from '../plan/left-alone.ts';
import { siftAges } from '../plan/sift.ts';
import { Stage, type StagedSet } from '../plan/stage.ts';
import { type RuleEffect, useOwnRules } from '../plan/use-own-rules.ts';
import { worthAsking } from '../plan/worth-asking.ts';
import type { Link, ToldRules } from '../session/link.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { mayLeaveLinksOut } from '../state/mirrored-view.ts';
import type { OwnRuleSet } from '../state/own-rules.ts';
import type { ForgottenRemovals } from '../walk/forgotten-removal.ts';
import { WalkRun } from '../walk/walk-run.ts';
import type { DeleteGuard } from './delete-guard.ts';
import type { Keeping } from './keeping.ts';
import type { MirrorOptions } from './mirror-options.ts';
import type { Pass } from './pass.ts';
import type { Planning } from './planning.ts';
import type { TargetDesk } from './target-desk.ts';
import { learnTraits } from './target-traits.ts';

/**
 * A plan deals with every removal that waits, too: with so many, what was told meanwhile is planned in one go, or a deletion
 * of many files would be planned for minutes after its end. What is left over by a lost session is dirty, and planned so.
 */
const MANY_WAITING = 200;

export interface SessionHost {
  readonly options: MirrorOptions;
  readonly planning: Planning;
  readonly guard: DeleteGuard;
  readonly keeping: Keeping;
  readonly pass: Pass;
  readonly targetDesk: TargetDesk;
  /** Nothing may be changed now. */
  isWaiting(): boolean;
  /** Does this after what is being done. */
  queue(work: () => Promise<void>): void;
  /** The whole source is told anew: nothing that was said of being in sync holds. */
  syncIsUnknown(): void;
  /** A complete set came, and is planned now. */
  setBegan(): void;
}

export class SessionDesk {
  readonly #host: SessionHost;
  readonly #state: MirrorState;
  readonly #stage: Stage;
  #link: Link | undefined;
  #head = -1;
  /** Parts that were told and are not taken yet. */
  #toldCount = 0;
  /** Ids of sets that were taken, and are planned with the next one. */
  #unplanned: readonly number[] = [];
  /** The search for removals that the server cannot tell any more. */
  #search: WalkRun | undefined;
  /** The target was replaced: it is looked at before anything is planned for it. */
  #isTargetNew = false;
  /** Something else than before is left out: the target is looked at before anything is planned. */
  #areRulesNew = false;
  #isAgreed: boolean;

  constructor(host: SessionHost) {
    this.#host = host;
    const { isAdoption, isDryRun } = host.options;
    this.#isAgreed = !isAdoption || isDryRun;
    this.#state = host.options.state;
    this.#stage = new Stage(this.#state);
  }

  get link(): Link | undefined {
    return this.#link;
  }

  /** Head of the last complete set; -1 while nobody knows how far the source is. */
  get head(): number {
    return this.#head;
  }

  /** False until a person agreed that a folder which was never a mirror becomes one: nothing in it may be changed before. */
  get isAgreed(): boolean {
    return this.#isAgreed;
  }

  /** A session begins; its feed follows. */
  began(link: Link): void {
    this.#link = link;
    this.#host.queue(async () => {
      // Until this session has told its set, nobody knows how far the source is.
      this.#head = -1;
      this.#search?.stop();
      this.#search = undefined;
      if (link.welcome.feed === 'snapshot') this.#host.syncIsUnknown();
      this.#stage.begin(link.welcome);
      if (this.#stage.search !== undefined) this.#beginSearch(link, this.#stage.search);
    });
  }

  ended(): void {
    this.#link = undefined;
  }

  /** Ends the session itself. */
  close(): void {
    this.#link?.close();
    this.#link = undefined;
  }

  /** What the server leaves out from now on is left alone here, before any change that follows from it is heard. */
  takeRules(rules: ToldRules): void {
    this.#host.queue(async () => {
      const state = this.#state;
      const isOther = state.transact(() => {
        state.setMeta({ rulesHeardMs: this.#host.options.clock.wallMs() });
        return state.shareRules.replace(rules);
      });
      // The search compares sums of what the source has by rules that it had before.
      if (isOther && this.#search !== undefined && this.#link !== undefined) this.#askForAll(this.#link);
    });
  }

  /** At a head it is known where the folders are at which rules begin: what other rules leave out is forgotten. */
  #settleRules(): void {
    const state = this.#state;
    if (!state.shareRules.isChanging) return;
    const left = state.transact(() => {
      state.shareRules.settle();
      state.rolls.clear();
      return forgetExcluded(state);
    });
    // What is left out no more may stand here already: it is looked for before it is fetched.
    this.#areRulesNew = true;
    if (left.length > 0) this.#host.options.report.leftAlone(left);
  }

  /**
   * Takes up other rules of this mirror itself, if any; what follows from them is planned as soon as the source is
   * known. `alongside` is done in the same step, so that no plan is made by the one and not by the other.
   */
  useRules(set: OwnRuleSet | undefined, alongside: () => void = () => undefined): void {
    this.#host.queue(async () => {
      alongside();
      const effect = set && useOwnRules(this.#state, set, this.#host.options.clock.wallMs());
      if (effect === undefined) return;
      this.#areRulesNew = true;
      this.#tellEffect(effect);
      if (this.#head < 0) return;
      this.#host.setBegan();
      this.#areRulesNew = false;
      const found = await this.#host.targetDesk.check();
      await this.#host.planning.plan([...this.#state.dirtyIds(), ...found]);
    });
  }

  /** Time has passed: what became old enough is planned, what became too old is left alone. */
  judgeAges(): void {
    const { aging } = this.#state.ownRules;
    const { clock, report } = this.#host.options;
    if (!this.#isSourceWhole || !aging.isDueAt(clock.wallMs())) return;
    this.#host.queue(async () => {
      if (!this.#isSourceWhole) return;
      const sifted = { ids: [], left: [], revealed: [] };
      this.#state.transact(() => siftAges(this.#state, clock.wallMs(), sifted));
      const { ids, left, revealed } = sifted;
      if (left.length > 0) report.leftAlone(left);
      if (ids.length === 0) return;
      this.#host.setBegan();
      const found = await this.#look(revealed);
      await this.#host.planning.plan([...ids, ...found]);
    });
  }

  get #isSourceWhole(): boolean {
    return this.#head >= 0 && this.#stage.isWhole && !this.#state.meta.isCompareDue;
  }

  #tellEffect({ left, back }: RuleEffect): void {
    const { report } = this.#host.options;
    if (left.length > 0) report.leftAlone(left);
    if (back.length > 0) report.letIn(back);
  }

  take(changes: Changes): void {
    this.#askEarly(changes);
    this.#toldCount += 1;
    this.#host.queue(async () => {
      this.#toldCount -= 1;
      if (this.#link === undefined) return;
      const set = this.#stage.take(changes, this.#host.options.clock.wallMs());
      if (set !== undefined) await this.#takeSet(set);
      else this.#search?.ask();
    });
  }

  /** Live, a new file is asked for before anything is saved or planned, where all that is told is wanted. */
  #askEarly(changes: Changes): void {
    const { isDryRun, only } = this.#host.options;
    const isAllWanted = !isDryRun && only === undefined && this.#state.ownRules.isEmpty;
    if (!isAllWanted || !this.#isSourceWhole || this.#host.isWaiting()) return;
    this.#link?.early.ask(worthAsking(this.#state, changes));
  }

  /** What the server cannot tell is searched for; where that costs more than to be told all, all is told. */
  #beginSearch(link: Link, { walk }: ForgottenRemovals): void {
    const { meta } = this.#state;
    // What is left out is in no sums, and a view that was not compared proves nothing.
    const { excluded, unwanted } = this.#state;
    const isBeside = [excluded, unwanted].some((tree) => tree.all().next().done !== true);
    const isLeftOut = mayLeaveLinksOut(this.#state) || isBeside || this.#state.passedOver.count > 0;
    if (meta.isCompareDue || isLeftOut) return this.#askForAll(link);
    this.#search = new WalkRun(walk, link, {
      queue: (work) => this.#host.queue(work),
      answered: async () => {
        if (this.#link !== link) return false;
        if (isWalkTooLong(walk.told, meta.baselineEntries)) {
          this.#askForAll(link);
          return false;
        }
        const set = this.#stage.searched();
        if (set === undefined) return true;
        this.#host.options.report.searched(walk.folders, walk.told);
        await this.#takeSet(set);
        return false;
      },
    });
  }

  /** Comes back without a cursor. */
  #askForAll(link: Link): void {
    this.#search?.stop();
    this.#state.setMeta({ cursor: null });
    link.close();
  }

  /** A person said that another folder is the target from now on: all of it is planned when the source is known. */
  async takeNewTarget(): Promise<void> {
    const { targetDesk } = this.#host;
    this.#isTargetNew = true;
    targetDesk.isChecked = false;
    if (this.#head >= 0) await this.#takeFirstSet();
  }

  async #takeSet(set: StagedSet): Promise<void> {
    const { options, planning, pass, targetDesk } = this.#host;
    this.#head = set.sequence;
    this.#host.setBegan();
    this.#settleRules();
    if (set.left.length > 0) options.report.leftAlone(set.left);
    if (!targetDesk.isChecked && (options.isCheckedFirst || this.#isTargetNew)) return this.#takeFirstSet();
    if (set.ids === 'all') planning.graftAll();
    const found = this.#areRulesNew ? await targetDesk.check() : await this.#look(set.revealed);
    this.#areRulesNew = false;
    const leftovers = pass.isPlanned ? [] : this.#state.dirtyIds();
    const ids = set.ids === 'all' ? await planning.differing() : [...leftovers, ...set.ids];
    const unplanned = [...this.#unplanned, ...ids, ...found];
    const isMoreTold = this.#toldCount > 0 && planning.waiting.size >= MANY_WAITING;
    this.#unplanned = isMoreTold ? unplanned : [];
    if (!isMoreTold) await planning.plan(unplanned);
    if (!targetDesk.isChecked) this.#host.queue(() => targetDesk.checkIfDue());
  }

  /** What stands at these paths was nobody's business until now. */
  async #look(paths: readonly string[]): Promise<readonly number[]> {
    if (paths.length === 0) return [];
    const isPlain = isPlainRule(this.#state.meta.traits.names);
    return this.#host.targetDesk.check(isPlain ? exactly(paths) : besides(paths));
  }

  /** The target is looked at before anything is planned; an adoption is asked for then. */
  async #takeFirstSet(): Promise<void> {
    const { options, planning, guard, keeping, pass, targetDesk } = this.#host;
    if (this.#state.meta.isCompareDue) planning.graftAll();
    await targetDesk.check();
    this.#isTargetNew = false;
    this.#areRulesNew = false;
    if (options.isAdoption && !options.isDryRun) {
      const answered = options.report.confirm(
        summarizeAdoption(this.#state, (extra) => keeping.stays(extra)),
      );
      guard.isOpen = await pass.interrupted(answered, options.clock);
      if (!guard.isOpen) return;
      this.#isAgreed = true;
      learnTraits(options);
      planning.graftAll();
    }
    try {
      await planning.plan(await planning.differing());
    } finally {
      // What was agreed to was this plan, and nothing that comes later.
      guard.isOpen = false;
    }
  }
}

/** These paths, and nothing else. */
function exactly(paths: readonly string[]): PathPattern {
  const wanted = new Set(paths);
  const folders = new Set(paths.flatMap((path) => foldersAbove(path)));
  return { text: '', isMatch: (path) => wanted.has(path), mayHold: (folder) => folders.has(folder) };
}

/** All that is directly in their folders: on a disk with names of its own nobody knows which of it they are. */
function besides(paths: readonly string[]): PathPattern {
  const wanted = new Set(paths.map(parentOf));
  const folders = new Set(paths.flatMap((path) => foldersAbove(path)));
  return {
    text: '',
    isMatch: (path) => wanted.has(parentOf(path)),
    mayHold: (folder) => folders.has(folder),
  };
}

function foldersAbove(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return ['', ...names.map((_name, at) => names.slice(0, at + 1).join('/'))];
}
