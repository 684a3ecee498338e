/** Which rule decided about a path of a mirror: those of the share first, then its own. Reads the state only. */
import {
  ageTurns,
  ageVerdict,
  differencesFrom,
  type Explanation,
  explainEntry,
  explainWith,
  PathFilter,
  type PathProblem,
  problemOver,
} from '@lanmirror/engine/core';
import type { EntryKind } from '@lanmirror/protocol';
import { leftText } from '../mirror/passed-text.ts';
import { isSameTimeHere, type MirrorState } from '../state/mirror-state.ts';
import { linkVerdict } from '../state/mirrored-view.ts';
import type { OwnRuleSet } from '../state/own-rules.ts';

export interface PathExplanation extends Omit<Explanation, 'reason'> {
  readonly reason: Explanation['reason'] | 'link' | 'young' | 'old' | 'problem';
  /** What is wrong with it, or with a folder above it. */
  readonly problem?: PathProblem;
  /** Of a file that is too young: when it is old enough, in milliseconds since 1970; null of others. */
  readonly comesAtMs: number | null;
  /** Whose rules decided; null when none did. */
  readonly by: 'server' | 'own' | null;
  /** The source has something there, as far as this mirror was told. What the server excludes it is not told. */
  readonly isAtSource: boolean;
  /** It is mirrored, and stays here as it is because what differs does not count: why; '' when it does not. */
  readonly left?: string;
}

const NO_SIZES = { minBytes: 0, maxBytes: 0 };

/**
 * `kind` is for what the source was not told to have. `own`: the rules of this mirror; `problems`: paths that cannot be
 * handled here or at the source; `nowMs`: the wall clock, by which the rules judge ages.
 */
export function explainPath(
  state: MirrorState,
  own: OwnRuleSet,
  path: string,
  kind: EntryKind,
  problems: readonly PathProblem[],
  nowMs: number,
): PathExplanation {
  const byRules = explainByRules(state, own, path, kind, nowMs);
  const problem = problemOver(path, (at) => problems.find((one) => one.path === at));
  // What stands here is mirrored as it was last, whatever cannot be looked at now.
  const id = toldIdAt(state, path);
  const isKnown = id !== undefined && state.baseline.get(id) !== undefined;
  const shown = problem && { path: problem.path, code: problem.code, message: problem.message };
  const told = explainWith(byRules, shown, isKnown);
  return told.isMirrored && told.isAtSource ? { ...told, left: reasonToLeave(state, path) } : told;
}

function explainByRules(
  state: MirrorState,
  own: OwnRuleSet,
  path: string,
  kind: EntryKind,
  nowMs: number,
): PathExplanation {
  const { view, unwanted, excluded, shareRules } = state;
  const id = toldIdAt(state, path);
  const told = id === undefined ? undefined : (view.get(id) ?? unwanted.get(id) ?? excluded.get(id));
  const entry = {
    ...{ path, kind: told?.kind ?? kind },
    sizeBytes: told?.kind === 'file' ? told.sizeBytes : null,
  };
  const isAtSource = told !== undefined;
  const byShare = explainEntry(shareRules.filter, NO_SIZES, { ...entry, path: shareRules.sharePath(path) });
  const byServer = {
    ...{ ...byShare, path, by: 'server' as const, isAtSource, comesAtMs: null },
    matched: shareRules.mirroredPath(byShare.matched),
  };
  if (!byShare.isMirrored) return byServer;
  if (id !== undefined && excluded.get(id) !== undefined)
    return { ...byServer, isMirrored: false, reason: 'size' };
  const filter = new PathFilter(own.rules, { ignoresCase: own.ignoresCase });
  const byOwn = { ...explainEntry(filter, own, entry), by: 'own' as const, isAtSource, comesAtMs: null };
  const age = byOwn.isMirrored && told !== undefined ? ageVerdict(own, told, nowMs) : 'in';
  if (age !== 'in' && told !== undefined) {
    const comesAtMs = age === 'young' ? (ageTurns(own, told).youngUntilMs ?? null) : null;
    return { ...byOwn, isMirrored: false, reason: age, comesAtMs };
  }
  if (byOwn.isMirrored && told?.kind === 'link' && linkVerdict(state, told) !== 'mirrored')
    return { ...byOwn, isMirrored: false, reason: 'link', rule: null };
  if (byOwn.reason !== 'none') return byOwn;
  return byShare.reason === 'none' ? { ...byOwn, by: null } : byServer;
}

/** Why what the source has at this path is not, or not like that, here. */
function reasonToLeave(state: MirrorState, path: string): string {
  const { view, baseline, passedOver, meta } = state;
  const id = toldIdAt(state, path);
  const entry = id === undefined || !passedOver.has(id) ? undefined : view.get(id);
  if (entry === undefined) return '';
  const differences = differencesFrom(entry, baseline.get(entry.id), (here, there) =>
    isSameTimeHere(state, here, there),
  );
  return leftText(differences, meta.compare);
}

/** Id of what the source has at this path, whether it is mirrored or not. */
function toldIdAt({ view, unwanted, excluded, meta }: MirrorState, path: string): number | undefined {
  let id: number | undefined = meta.rootId;
  for (const name of path === '' ? [] : path.split('/')) {
    const folderId: number = id;
    const ids: (number | undefined)[] = [view, unwanted, excluded].map((tree) =>
      tree.childId(folderId, name),
    );
    id = ids.find((one) => one !== undefined);
    if (id === undefined) return undefined;
  }
  return id;
}
