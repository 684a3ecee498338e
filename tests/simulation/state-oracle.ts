/** What the client's state claims, held against the target. */
import { microseconds } from '@lanmirror/engine/core';
import type { SourceEntry } from '@lanmirror/protocol';
import type { MirrorState } from '../../packages/client/src/state/mirror-state.ts';
import type { MemoryNode } from './node-walk.ts';
import { walk } from './node-walk.ts';

/**
 * The cursor is never ahead of the data: whatever the client was told and does not list as dirty stands
 * on the target. Returns what does not.
 */
export function findForgotten(state: MirrorState, target: ReadonlyMap<string, MemoryNode>): string[] {
  if (state.meta.isCompareDue) return [];
  const wrong: string[] = [];
  for (const entry of state.view.all()) {
    const path = state.view.pathOf(entry.id);
    if (path === undefined || isWaiting(state, entry.id)) continue;
    if (path !== '' && !isThere(entry, target.get(path), false)) wrong.push(`${path} (entry ${entry.id})`);
  }
  for (const entry of state.baseline.all()) {
    if (state.view.get(entry.id) === undefined && !isWaiting(state, entry.id))
      wrong.push(`removed entry ${entry.id}`);
  }
  return wrong;
}

/** An entry is dirty, or a folder above it on either side is. */
function isWaiting(state: MirrorState, id: number): boolean {
  for (const tree of [state.view, state.baseline]) {
    for (let at = id; at > 0 || at < -1; at = tree.get(at)?.parentId ?? 0) {
      if (state.isDirty(at)) return true;
      if (tree.get(at) === undefined) break;
    }
  }
  return false;
}

/** In sync: the target is what the client was told, no more and no less. Returns what differs. */
export function findDifferences(state: MirrorState, target: ReadonlyMap<string, MemoryNode>): string[] {
  const wrong: string[] = [];
  const expected = new Set<string>();
  for (const entry of state.view.all()) {
    const path = state.view.pathOf(entry.id);
    if (path === undefined || path === '') continue;
    expected.add(path);
    if (!isThere(entry, target.get(path), true)) wrong.push(`${path} (entry ${entry.id})`);
  }
  for (const path of target.keys()) if (!expected.has(path)) wrong.push(`${path} should not be there`);
  return wrong;
}

function isThere(entry: SourceEntry, node: MemoryNode | undefined, isQuiet: boolean): boolean {
  if (node?.kind !== entry.kind) return false;
  if (node.kind === 'link') return node.linkTarget === entry.linkTarget && isSameTime(entry, node);
  if (node.kind === 'directory') return !isQuiet || (isSameTime(entry, node) && node.mode === entry.mode);
  return node.bytes.length === entry.sizeBytes && isSameTime(entry, node) && node.mode === entry.mode;
}

function isSameTime(entry: SourceEntry, node: MemoryNode): boolean {
  return microseconds(node.mtimeNs) === entry.mtimeUs;
}

/** What a mirror must carry of each path, as text; equal for equal trees. */
export function mirroredFacts(
  root: MemoryNode | undefined,
  keyOf: (bytes: Uint8Array) => string,
): Map<string, string> {
  const facts = new Map<string, string>();
  if (root !== undefined) facts.set('.', `directory ${root.mode.toString(8)} ${microseconds(root.mtimeNs)}`);
  for (const [path, node] of walk(root)) {
    const mode = node.kind === 'link' ? '' : node.mode.toString(8);
    const content = node.kind === 'file' ? keyOf(node.bytes) : node.linkTarget;
    facts.set(path, `${node.kind} ${mode} ${microseconds(node.mtimeNs)} ${JSON.stringify(content)}`);
  }
  return facts;
}
