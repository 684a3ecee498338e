/**
 * Writes down how folders have to look for all in them to be as the baseline says, so that the next check compares one
 * digest for each of them. After a first copy it would compare every node otherwise.
 *
 * What goes into a digest is what the disk showed of each node when it was put there; only the names are looked at, for
 * the order in which the disk lists them. So nothing is claimed of the nodes: whoever edits one in between makes the
 * folder look otherwise, and the check finds it.
 */
import type { Clock } from '@lanmirror/engine/core';
import { RollCall, TreeError, type WritableTree } from '@lanmirror/engine/tree';
import { isReservedAtTop } from '@lanmirror/protocol';
import type { MirrorState } from '../state/mirror-state.ts';
import { withoutKept } from './kept.ts';

/** One transaction each. */
const SLICE_MS = 8;

export interface RememberHost {
  readonly tree: WritableTree;
  readonly state: MirrorState;
  readonly clock: Clock;
  isStopped(): boolean;
}

/** Remembers these folders of the baseline; one that holds anything else than the baseline says is left out. */
export async function rememberFolders(host: RememberHost, ids: readonly number[]): Promise<void> {
  const { tree, state, clock } = host;
  const call = new RollCall();
  for (let at = 0; at < ids.length && !host.isStopped(); ) {
    const endMs = clock.nowMs() + SLICE_MS;
    state.transact(() => {
      do {
        rememberFolder(host, call, ids[at] as number);
        at += 1;
      } while (at < ids.length && clock.nowMs() < endMs);
    });
    if (at < ids.length) await clock.turn();
  }
  tree.release();
}

function rememberFolder({ tree, state }: RememberHost, call: RollCall, id: number): void {
  const path = state.rolls.get(id) === undefined ? state.baseline.pathOf(id) : undefined;
  const listed = path === undefined ? undefined : namesIn(tree, path);
  if (listed === undefined) return;
  const names = withoutKept(state, id, listed);
  const children = new Map([...state.baseline.children(id)].map((child) => [child.name, child]));
  if (names.length !== children.size) return;
  const folderIds: number[] = [];
  call.begin();
  for (const name of names) {
    const child = children.get(name);
    // An older state does not know which mode the disk showed.
    if (child?.disk.mode === undefined) return;
    call.note(name, { ...child.disk, kind: child.kind, mode: child.disk.mode });
    if (child.kind === 'directory') folderIds.push(child.id);
  }
  state.rolls.put(id, { digest: call.digest(), folderIds });
}

function namesIn(tree: WritableTree, path: string): readonly string[] | undefined {
  try {
    const { names } = tree.list(path);
    return path === '' ? names.filter((name) => !isReservedAtTop(name)) : names;
  } catch (error) {
    // The next check meets it again, and says where.
    if (error instanceof TreeError) return undefined;
    throw error;
  }
}
