/**
 * What is made of what a whole scan did not find: it is removed, or it is so much that a person is asked.
 *
 * Owns the question, and looks at the source again while it is open. A kill leaves in the index against how much a loss is
 * judged: the next start scans, and asks again.
 */

import { ROOT_ID } from '@lanmirror/protocol';
import type { RootGuard, Timers } from '../../core/index.ts';
import type { IndexEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';
import { type IsExplained, isExplainedWhole } from './explained.ts';
import type { Looker } from './look.ts';
import { type Missing, MissingList } from './missing-list.ts';

/** While a large loss waits for a person, the tree is scanned again: it may come back. */
const RECHECK_MS = 60_000;

export interface MissingJudgeHost {
  readonly index: TreeIndex;
  readonly guard: RootGuard;
  readonly looker: Looker;
  readonly timers: Timers;
  /** What is known by now of what we took away ourselves. */
  explain(): IsExplained;
  /** What the guard has not settled yet outlives a kill from here on. */
  remember(): void;
  /** Removes what is still proved absent. `isAgreed`: a person has agreed to it. */
  remove(paths: readonly string[], isAgreed: boolean): void;
  /** Scans the whole tree. */
  scanAll(): void;
  /** A person has agreed: what waited for that goes on. */
  agreed(): void;
  /** A large loss is found; `text` says how large. */
  lost(text: string): void;
}

export class MissingJudge {
  readonly #host: MissingJudgeHost;
  readonly #list: MissingList;
  #cancelRecheck: (() => void) | undefined;

  constructor(host: MissingJudgeHost) {
    this.#host = host;
    this.#list = new MissingList(host.index);
  }

  /** What a person is asked about; undefined while nobody is. */
  get shown(): Missing | undefined {
    return this.#list.shown;
  }

  /** Nobody is asked any more. */
  clear(): void {
    this.#list.clear();
  }

  /** A person is asked about everything: the root is empty. */
  askAboutAll(): void {
    const { index } = this.#host;
    this.#list.ask([...index.children(ROOT_ID)], index.size);
  }

  /** A whole scan did not find these entries. */
  judge(missing: readonly IndexEntry[]): void {
    const { index, guard, timers, scanAll, lost, remove, remember } = this.#host;
    const absent = missing.filter((entry) => this.#isProvedAbsent(entry));
    this.#cancelRecheck?.();
    const lostOnes = this.#unexplained(absent);
    const explained = countWith(index, absent) - countWith(index, lostOnes);
    const asked = this.#list.ask(lostOnes, guard.indexed - explained);
    const verdict = guard.scanned(asked.missing, explained);
    remember();
    if (verdict === 'ask') {
      lost(`${asked.missing} of ${asked.indexed} indexed entries are missing.`);
      this.#cancelRecheck = timers.once(RECHECK_MS, scanAll);
    } else {
      this.#list.clear();
      remove(pathsOf(index, absent), false);
    }
  }

  /**
   * A person says yes to the list with this token: what of it is still proved absent is removed.
   * @returns how many entries were removed; undefined when another list, or none, is asked about
   */
  accept(token: string): number | undefined {
    const { index, guard, remove, agreed, remember } = this.#host;
    const paths = this.#list.agree(token);
    if (paths === undefined || !guard.accept()) return undefined;
    const before = index.size;
    agreed();
    remove(paths, true);
    const removed = before - index.size;
    guard.forget(removed);
    remember();
    return removed;
  }

  #unexplained(absent: readonly IndexEntry[]): readonly IndexEntry[] {
    const { index, explain } = this.#host;
    if (absent.length === 0) return absent;
    const isExplained = explain();
    return absent.filter((entry) => {
      const path = index.pathOf(entry.id);
      return path === undefined || !isExplainedWhole(index, path, entry, isExplained);
    });
  }

  /**
   * What was not listed where it was may have been found under another name since. If it is not there any
   * more either, that happened under our eyes: it is no loss of the time before, and a hint tells of it.
   */
  #isProvedAbsent({ id, parentId, name }: IndexEntry): boolean {
    const { index, looker } = this.#host;
    const now = index.byId(id);
    if (now?.parentId !== parentId || now.name !== name) return false;
    const path = index.pathOf(id);
    return path !== undefined && looker.isProvedAbsent(path);
  }
}

/** These entries and all below them. */
function countWith(index: TreeIndex, entries: readonly IndexEntry[]): number {
  return entries.reduce((sum, entry) => sum + index.countBelow(entry), 0);
}

/** Where the index has these entries now. */
export function pathsOf(index: TreeIndex, entries: readonly IndexEntry[]): string[] {
  return entries.flatMap(({ id }) => index.pathOf(id) ?? []);
}
