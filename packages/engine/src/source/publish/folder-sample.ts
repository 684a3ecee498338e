/**
 * Whether something is written in folders, or below them, without a watcher: those that a rule hides have none. Of a large
 * folder only a part is looked at, from the top down: whoever writes or removes much changes the times of what is above.
 */
import { joinPath } from '@lanmirror/protocol';
import { type ReadableTree, TreeError } from '../../tree/index.ts';

const MAX_LOOKS = 500;

/**
 * Two equal samples: nothing was seen to change between them. What cannot be looked at is a part of it, as that.
 * @param folders paths; of those that lie in each other, too
 * @param mostLooks how many names are looked at
 */
export function sampleFolders(
  tree: ReadableTree,
  folders: readonly string[],
  mostLooks: number = MAX_LOOKS,
): string {
  const waiting = [...folders];
  const seen: string[] = [];
  const look = (path: string): void => {
    const stat = path === '' ? tree.rootStat() : tree.stat(path);
    seen.push(`${path} ${stat?.kind} ${stat?.ino} ${stat?.sizeBytes} ${stat?.mtimeNs} ${stat?.ctimeNs}`);
    if (stat?.kind === 'directory') waiting.push(path);
  };
  for (const folder of waiting.splice(0)) attempt(seen, folder, () => look(folder));
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    const listed = folder;
    attempt(seen, listed, () => {
      for (const name of tree.list(listed).names) {
        if (seen.length >= mostLooks) break;
        const path = joinPath(listed, name);
        attempt(seen, path, () => look(path));
      }
    });
    if (seen.length >= mostLooks) break;
  }
  return seen.join('\n');
}

function attempt(seen: string[], path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    seen.push(`${path} ${error.code}`);
  }
}
