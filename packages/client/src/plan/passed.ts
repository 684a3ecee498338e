/** What the rule for comparing passes over, for people. Reads the state only. */
import { isReservedAtTop, ROOT_ID } from '@lanmirror/protocol';
import type { MirrorState } from '../state/mirror-state.ts';

/** How many entries of the source there are that it passes over, below the mirrored folder. */
export function countPassed(state: MirrorState): number {
  // Of a part of a share all of the share is known, and nobody passes over what is outside.
  if (state.meta.rootId === ROOT_ID) return state.passedOver.count;
  let count = 0;
  for (const _path of passedPaths(state)) count += 1;
  return count;
}

/** Paths of the first of them at the source, folders with a slash behind them. */
export function firstPassedPaths(state: MirrorState, most: number): string[] {
  const paths: string[] = [];
  for (const path of passedPaths(state)) {
    if (paths.length === most) break;
    paths.push(path);
  }
  return paths;
}

function* passedPaths({ passedOver, view }: MirrorState): Generator<string> {
  for (const id of passedOver.ids()) {
    const path = view.pathOf(id);
    if (path === undefined || isReservedAtTop(path.split('/', 1)[0] ?? '')) continue;
    yield view.get(id)?.kind === 'directory' ? `${path}/` : path;
  }
}
