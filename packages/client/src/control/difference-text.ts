/** What a person is told of paths that differ although the mirror was in sync. Pure. */
import { displayName } from '@lanmirror/engine/host';

/** Paths that are named one by one. */
const MAX_DIFFERING = 20;

/** `isLeft`: the difference could not be mended. */
export function differenceLines(paths: readonly string[], isLeft: boolean): string[] {
  const count = `${paths.length} path${paths.length === 1 ? '' : 's'}`;
  const what = isLeft
    ? `${count} kept differing from the source and are left as they are. "lanmirror-client verify --repair" compares all contents:`
    : `${count} differed from the source although everything was applied, and are put right now:`;
  const named = paths.slice(0, MAX_DIFFERING).map((path) => `  ${displayName(path === '' ? '.' : path)}`);
  const more = paths.length - named.length;
  return [what, ...named, ...(more > 0 ? [`  and ${more} more`] : [])];
}
