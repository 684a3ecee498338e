/** Whether a target has what the source has: a fast copy that is not a copy counts for nothing. */
import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folders in which tools keep what is theirs, at the top. */
const OWN = new Set(['.lanmirror', '.stfolder']);

/** Kind and size of every path below a folder. */
export function listTree(root: string): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (path: string): void => {
    for (const entry of entriesOf(join(root, path))) {
      if (path === '' && OWN.has(entry.name)) continue;
      const inner = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) {
        found.set(inner, 'folder');
        walk(inner);
      } else {
        const stat = lstatSync(join(root, inner), { throwIfNoEntry: false });
        if (stat !== undefined) found.set(inner, `${entry.isFile() ? 'file' : 'other'} ${stat.size}`);
      }
    }
  };
  walk('');
  return found;
}

/** None of a folder that is gone by now: a live target changes while it is looked at. */
function entriesOf(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The first path in which they differ; '' when they have the same paths, kinds and sizes. */
export function firstDifference(
  source: ReadonlyMap<string, string>,
  target: ReadonlyMap<string, string>,
): string {
  for (const [path, what] of source) {
    const other = target.get(path);
    if (other !== what) return `${path} is ${other ?? 'missing'}, and should be ${what}`;
  }
  for (const path of target.keys()) if (!source.has(path)) return `${path} should not be there`;
  return '';
}

/** Throws when the target is not what the source is. */
export function requireEqual(source: string, target: string): void {
  const difference = firstDifference(listTree(source), listTree(target));
  if (difference !== '') throw new Error(`the target is not equal: ${difference}`);
}
