/**
 * Which rule leaves out what stands at a place of the target, when that is certain: what the rules only may mean is left
 * alone all the same, and no rule is named for it. Looks at no disk.
 */
import {
  type FilterRule,
  type FilterVerdict,
  foldedName,
  isMarkedName,
  isPlainRule,
  isSizeExcluded,
  type TargetTraits,
} from '@lanmirror/engine/core';
import { isExtensionRule } from '@lanmirror/engine/host';
import type { NodeKind } from '@lanmirror/engine/tree';
import { type EntryKind, isReservedAtTop, joinPath, RESERVED_NAME } from '@lanmirror/protocol';
import type { MirrorState } from '../state/mirror-state.ts';
import { sourceNamesAt } from '../state/placement.ts';

/** The rule that leaves something out. */
export interface ExcludingRule {
  /** Whose it is: the source's for all its mirrors, or of this one. */
  readonly by: 'server' | 'own';
  readonly kind: 'pattern' | 'extension' | 'size' | 'age';
  /** The line and where it stands; '' for sizes and ages. */
  readonly line: string;
  readonly origin: string;
}

export interface ExcludedPlace {
  /** At the source, or as it would be there. */
  readonly path: string;
  readonly rule: ExcludingRule;
}

/** A folder of the baseline, with its path at the source. */
export interface MirroredFolder {
  readonly id: number;
  readonly path: string;
}

/**
 * The rule that leaves out what stands under `name` in a folder. Undefined for all else: what is mirrored, kept or extra,
 * our own folder, names that stood aside, and files that are only too young, which come by themselves.
 */
export function excludedPlace(
  state: MirrorState,
  folder: MirroredFolder,
  name: string,
  nodeKind: NodeKind,
): ExcludedPlace | undefined {
  if (isOfMirror(state, folder.id, name)) return undefined;
  const kind = nodeKind === 'other' ? 'file' : nodeKind;
  const names = new Set(sourceNamesAt(state, folder.id, name));
  const found = [...names].map((one) => {
    const path = joinPath(folder.path, one);
    const rule = byPath(state, path, kind) ?? byFacts(state, folder.id, one, kind);
    return rule && { path, rule };
  });
  // A disk that does not keep the form of a name shows one that may be another at the source.
  return found.every((one) => one !== undefined) ? found[0] : undefined;
}

function isOfMirror({ baseline, kept, meta }: MirrorState, folderId: number, name: string): boolean {
  if (folderId === meta.rootId && isOwnFolder(meta.traits, name)) return true;
  if (baseline.occupantId(folderId, name) !== undefined) return true;
  if (kept.occupantId(folderId, name) !== undefined) return true;
  return !isPlainRule(meta.traits.names) && isMarkedName(name);
}

function isOwnFolder({ names }: TargetTraits, name: string): boolean {
  return isReservedAtTop(name) || foldedName(names, name) === RESERVED_NAME;
}

function byPath(
  { shareRules, ownRules }: MirrorState,
  path: string,
  kind: EntryKind,
): ExcludingRule | undefined {
  const share = shareRules.filter.judge(shareRules.sharePath(path), kind);
  if (!share.isIncluded) return ruleOf('server', share, shareRules.rules);
  const own = ownRules.filter.judge(path, kind);
  return own.isIncluded ? undefined : ruleOf('own', own, ownRules.set.rules);
}

function ruleOf(by: ExcludingRule['by'], { rule }: FilterVerdict, all: readonly FilterRule[]): ExcludingRule {
  const { line = '', origin = '' } = rule ?? {};
  return { by, kind: isExtensionRule({ line, origin }, all) ? 'extension' : 'pattern', line, origin };
}

/** By what the source was told to have there: only files have a size and an age. */
function byFacts(
  { view, excluded, unwanted, ownRules }: MirrorState,
  folderId: number,
  name: string,
  kind: EntryKind,
): ExcludingRule | undefined {
  if (kind !== 'file' || view.childId(folderId, name) !== undefined) return undefined;
  const none = { line: '', origin: '' };
  const sizedId = excluded.childId(folderId, name);
  if (sizedId !== undefined) return { by: 'server', kind: 'size', ...none };
  const ownId = unwanted.childId(folderId, name);
  const told = ownId === undefined ? undefined : unwanted.get(ownId);
  if (told?.kind !== 'file') return undefined;
  if (isSizeExcluded(ownRules.set, told)) return { by: 'own', kind: 'size', ...none };
  const isOld = ownRules.aging.isLeftOut(told) && !ownRules.aging.isYoung(told);
  return isOld ? { by: 'own', kind: 'age', ...none } : undefined;
}
