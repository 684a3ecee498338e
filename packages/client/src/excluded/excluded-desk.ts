/**
 * Shows what is left out and stands here, and puts away exactly what was shown, as far as it still is that. Owns the list
 * that was shown last.
 */
import { displayName, EXIT, readPattern, typedCommand, UserError } from '@lanmirror/engine/host';
import { TreeError, type WritableTree } from '@lanmirror/engine/tree';
import { checkPath, parentOf } from '@lanmirror/protocol';
import { isKnownPath } from '../plan/part.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { type ExcludedNode, excludedAt, type FindHost, findExcluded } from './find-excluded.ts';

/** Beyond this a person cannot have looked at what was shown. */
const MAX_SHOWN = 100_000;

/** What became of one of those that were shown. */
export interface Removal {
  readonly path: string;
  /** `changed`: it is not what was shown. `gone`: nothing stands there any more. */
  readonly outcome: 'moved' | 'changed' | 'gone' | 'failed';
  /** Where it is in the trash, relative to the target or absolute; '' when it is not. */
  readonly trash: string;
  /** What failed; '' for nothing. */
  readonly code: string;
}

/** What was shown, as a whole. */
export interface Shown {
  /** Names the list. */
  readonly token: number;
  /** When the source said last what it leaves out, milliseconds since 1970; 0: unknown; null: it is connected. */
  readonly rulesHeardMs: number | null;
  /** Some rule leaves something out. */
  readonly hasRules: boolean;
  /** The place that holds what the pattern names, and is left out as a whole; '' for none. */
  readonly holder: string;
  /** Paths of the target that could not be looked at. */
  readonly unreadable: readonly string[];
}

export interface DeskHost extends Omit<FindHost, 'isStopped' | 'unreadable' | 'deleteRule' | 'tree'> {
  readonly tree: WritableTree;
  deleteRule(): FindHost['deleteRule'];
  isConnected(): boolean;
  /** Does it when nothing else works on the target; undefined, and it was not done, while nothing may be changed. */
  inTurn(work: () => Promise<void>): Promise<unknown>;
  /** Something was put away. */
  moved(path: string): void;
}

interface ShownList {
  readonly token: number;
  /** By which it was made. */
  readonly rules: string;
  readonly nodes: readonly ExcludedNode[];
}

export class ExcludedDesk {
  readonly #host: DeskHost;
  #list: ShownList | undefined;
  #lastToken = 0;

  constructor(host: DeskHost) {
    this.#host = host;
  }

  /** @throws UserError when nothing can be said, or too much */
  async show(
    typed: string,
    give: (node: ExcludedNode) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<Shown> {
    const { state, tree } = this.#host;
    try {
      this.#refuseUnknown();
    } catch (error) {
      throw error instanceof TreeError ? cleanedUnknown(error) : error;
    }
    const rules = rulesOf(state);
    const pattern = (await readPattern(typed))((path) => isKnownPath(state, path) || standsAt(tree, path));
    const nodes: ExcludedNode[] = [];
    const unreadable: string[] = [];
    const finding = this.#finding((path, code) => unreadable.push(`${path} (${code})`), signal);
    for await (const node of findExcluded(finding, pattern)) {
      if (nodes.push(node) > MAX_SHOWN) throw tooMany();
      await give(node);
    }
    this.#lastToken += 1;
    this.#list = { token: this.#lastToken, rules, nodes };
    const holder = nodes.length === 0 ? await this.#holderOf(typed.replace(/\/+$/, '')) : undefined;
    return {
      token: this.#lastToken,
      rulesHeardMs: this.#host.isConnected() ? null : state.meta.rulesHeardMs,
      hasRules: !state.leftOut.isEmpty || !state.ownRules.isEmpty || !isBare(state),
      ...{ holder: holder?.path ?? '', unreadable },
    };
  }

  /** @throws UserError, and nothing was moved, when the rules are others or the target is not there */
  async remove(token: number, give: (removal: Removal) => Promise<void>): Promise<void> {
    const list = this.#list;
    if (list === undefined || list.token !== token) throw notShown();
    this.#list = undefined;
    // What is thrown in its turn would be taken for a fault of the mirror.
    const answer: { isDone: boolean; refusal?: UserError | undefined; removals: Removal[] } = {
      ...{ isDone: false, removals: [] },
    };
    await this.#host.inTurn(async () => {
      answer.isDone = true;
      answer.refusal = await this.#removeAll(list, answer.removals);
    });
    for (const removal of answer.removals) await give(removal);
    if (!answer.isDone) throw away();
    if (answer.refusal !== undefined) throw answer.refusal;
  }

  async #removeAll(list: ShownList, removals: Removal[]): Promise<UserError | undefined> {
    const { state, tree } = this.#host;
    try {
      this.#refuseUnknown();
      if (rulesOf(state) !== list.rules) return rulesChanged();
      for (const node of list.nodes) if (node.stays === undefined) removals.push(await this.#removeOne(node));
      await tree.flush();
      await state.flushed();
      return undefined;
    } catch (error) {
      if (error instanceof UserError) return error;
      if (error instanceof TreeError) return notFlushed(error);
      throw error;
    }
  }

  async #removeOne(shown: ExcludedNode): Promise<Removal> {
    const { path, here } = shown;
    const result = (outcome: Removal['outcome'], trash = '', code = ''): Removal => ({
      ...{ path, outcome, trash, code },
    });
    let code = '';
    try {
      const now = await excludedAt(
        this.#finding((_path, why) => {
          code = why;
        }),
        here,
      );
      if (code !== '') return result('failed', '', code);
      if (now === undefined) return result(this.#host.tree.stat(here) === undefined ? 'gone' : 'changed');
      if (!isSame(shown, now)) return result('changed');
      return result('moved', this.#putAway(shown));
    } catch (error) {
      if (!(error instanceof TreeError)) throw error;
      return error.code === 'ABSENT' ? result('gone') : result('failed', '', error.code);
    }
  }

  /** Whatever `Trash` says: a person may not have meant all of it. */
  #putAway({ path, here, kind, sizeBytes }: ExcludedNode): string {
    const { tree, state, clock, moved } = this.#host;
    const trash = tree.putAway(here, 'excluded');
    const folderId = state.baseline.idAt(parentOf(here));
    state.transact(() =>
      state.history.note({
        ...{
          atMs: clock.wallMs(),
          operation: 'put-away',
          path,
          from: '',
          trash,
          isVersionLost: false,
          code: '',
        },
        kind: kind === 'other' ? 'file' : kind,
        sizeBytes: kind === 'file' ? sizeBytes : 0,
      }),
    );
    if (folderId !== undefined) state.touchedFolders.add(folderId);
    moved(path);
    return trash;
  }

  #finding(unreadable: FindHost['unreadable'], signal?: AbortSignal): FindHost {
    const { tree, state, clock, cleaned, deleteRule } = this.#host;
    return {
      tree,
      state,
      clock,
      cleaned,
      unreadable,
      deleteRule: deleteRule(),
      isStopped: () => signal?.aborted === true,
    };
  }

  /** A folder above the path that is left out as a whole. */
  async #holderOf(typed: string): Promise<ExcludedNode | undefined> {
    const names = typed.split('/');
    for (let length = 1; length < names.length; length += 1) {
      const above = names.slice(0, length).join('/');
      if (checkPath(above) !== undefined) return undefined;
      const node = await excludedAt(
        this.#finding(() => undefined),
        above,
      );
      if (node !== undefined) return node;
    }
    return undefined;
  }

  #refuseUnknown(): void {
    const { state, cleaned } = this.#host;
    // What may be the only copy has to be known. Its record is beside the trash, in the target.
    cleaned.refresh();
    const { cursor, isCompareDue } = state.meta;
    if (cursor !== null && !isCompareDue && !state.shareRules.isChanging) return;
    throw new UserError(
      'SOURCE_UNKNOWN',
      'What the source has, and leaves out, is not known yet.',
      `Wait until the mirror is in sync, or do "${typedCommand('lanmirror-client sync')}"; then ask again.`,
      EXIT.held,
    );
  }
}

function isSame(shown: ExcludedNode, now: ExcludedNode): boolean {
  const isRuleSame = JSON.stringify(shown.rule) === JSON.stringify(now.rule);
  return isRuleSame && now.stays === undefined && shown.mark === now.mark && shown.path === now.path;
}

function rulesOf({ shareRules, ownRules }: MirrorState): string {
  return JSON.stringify([shareRules.meaning, ownRules.meaning]);
}

/** No file of the source is left out for what it is. */
function isBare({ excluded, unwanted }: MirrorState): boolean {
  return [excluded, unwanted].every((tree) => tree.all().next().done === true);
}

function standsAt(tree: WritableTree, path: string): boolean {
  try {
    return checkPath(path) === undefined && tree.stat(path) !== undefined;
  } catch (error) {
    if (error instanceof TreeError) return false;
    throw error;
  }
}

function tooMany(): UserError {
  return new UserError(
    'TOO_MANY',
    `More than ${MAX_SHOWN} paths are left out by the rules and still here.`,
    'Give a PATTERN, like "films/**", and take one part after the other.',
  );
}

function cleanedUnknown({ message }: TreeError): UserError {
  return new UserError(
    'CLEANED_UNKNOWN',
    `What was taken from the source because it is here cannot be read: ${displayName(message)}.`,
    'Mend that first: some of what is left out may be the only copy.',
    EXIT.held,
  );
}

function notShown(): UserError {
  return new UserError(
    'NOT_SHOWN',
    'Nothing was moved: another list was shown since.',
    'Run "excluded remove" again.',
    EXIT.held,
  );
}

function rulesChanged(): UserError {
  return new UserError(
    'RULES_CHANGED',
    'Nothing was moved: the rules are not those any more by which it was shown.',
    `Look at "${typedCommand('lanmirror-client excluded')}" again.`,
    EXIT.held,
  );
}

function away(): UserError {
  return new UserError(
    'TARGET_AWAY',
    'Nothing was moved: the target is not there, or the client is just ending.',
    `Look at "${typedCommand('lanmirror-client status')}".`,
    EXIT.held,
  );
}

function notFlushed({ path, message }: TreeError): UserError {
  return new UserError(
    'NOT_FLUSHED',
    `What was moved may not be on the disk for good (${displayName(path)}: ${displayName(message)}).`,
    `Look at the disk, and at "${typedCommand('lanmirror-client trash list')}".`,
    EXIT.someFailed,
  );
}
