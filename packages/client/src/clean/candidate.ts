/** Which files of a mirror may go from its source, as far as the books tell, and which of them are due. Looks at no content. */
import {
  agreedAgeMs,
  type CleanAge,
  type CleanRefusal,
  type CleanRule,
  cleanDue,
} from '@lanmirror/engine/core';
import type { ReadableTree } from '@lanmirror/engine/tree';
import { type BaselineEntry, UNKNOWN_VERSION } from '../state/baseline-entry.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { sourceNameOf } from '../state/placement.ts';

export interface Candidate {
  readonly id: number;
  readonly version: number;
  /** The same at both ends. */
  readonly path: string;
  readonly known: { readonly sizeBytes: number; readonly mtimeUs: number; readonly hash: Uint8Array | null };
}

/** The file as a candidate; undefined while the mirror is not through with it, a refusal for one that never is. */
export function candidateOf(
  state: MirrorState,
  entry: BaselineEntry,
): Candidate | Extract<CleanRefusal, 'OTHER_NAME'> | undefined {
  const { id, kind, version, parentId, checkpoint } = entry;
  if (kind !== 'file' || version === UNKNOWN_VERSION || state.isDirty(id)) return undefined;
  // What is here is not all that the source has of it.
  if (state.passedOver.has(id)) return undefined;
  // What a power cut may take back is no copy yet.
  if (checkpoint > state.meta.durableCheckpoint) return undefined;
  const view = state.view.get(id);
  if (view?.kind !== 'file' || view.version !== version) return undefined;
  if (view.parentId !== parentId || view.name !== sourceNameOf(entry)) return undefined;
  const path = state.view.pathOf(id);
  if (path === undefined) return undefined;
  if (state.baseline.pathOf(id) !== path) return 'OTHER_NAME';
  const { sizeBytes, mtimeUs } = view;
  return { id, version, path, known: { sizeBytes, mtimeUs, hash: entry.hash } };
}

/** Whether nothing has happened to it in the books since it became one. */
export function isStillCandidate(state: MirrorState, { id, version, path }: Candidate): boolean {
  const entry = state.baseline.get(id);
  const now = entry && candidateOf(state, entry);
  return typeof now === 'object' && now.version === version && now.path === path;
}

/**
 * How old it is, by the clock of what is kept at `ageMs`. What was not seen before is written down, inside a transaction.
 * `createdForMs` tells how long ago the file was created, by the clock on the wall; undefined where nobody knows.
 */
export function ageOf(
  state: MirrorState,
  { id, version }: Candidate,
  ageMs: number,
  createdForMs: () => number | undefined,
): CleanAge {
  let since = state.cleanSince.get(id, version);
  if (since === undefined) {
    since = { version, ageMs, createdForMs: createdForMs() ?? null };
    state.cleanSince.put(id, since);
  }
  const syncedForMs = Math.max(0, ageMs - since.ageMs);
  const nowMs = since.createdForMs === null ? undefined : createdForMs();
  return {
    syncedForMs,
    createdForMs:
      since.createdForMs === null || nowMs === undefined
        ? undefined
        : agreedAgeMs(since.createdForMs, nowMs, syncedForMs),
  };
}

/** Whether the rule wants it to go by now. */
export function isDue(rule: CleanRule, age: CleanAge): boolean | 'NO_CREATION_TIME' {
  const { state } = cleanDue(rule, age);
  return state === 'unknown' ? 'NO_CREATION_TIME' : state === 'due';
}

/**
 * How long ago files were created, where the disk of the source tells. Without a time of creation some systems give that
 * of the last change: then the folder of the source itself, in which ours was made after it, has both the same.
 */
export function creationClock(source: ReadableTree, wallMs: number): (path: string) => number | undefined {
  const root = source.rootStat();
  const isTold = root !== undefined && root.birthtimeNs > 0n && root.birthtimeNs !== root.ctimeNs;
  return (path) => {
    const stat = isTold ? source.stat(path) : undefined;
    if (stat === undefined || stat.dev !== root?.dev || stat.birthtimeNs <= 0n) return undefined;
    return Math.max(0, wallMs - Number(stat.birthtimeNs / 1_000_000n));
  };
}
