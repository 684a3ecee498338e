/**
 * Recognises a folder that two programs reach by different ways (another path, a bind mount, from inside a
 * container): the node of a file system, on a machine since it was started, exists once.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ownIdentity } from './process-identity.ts';

const MARK_BYTES = 16;

/**
 * Marks of `path` and of the folders above it up to `top`, nearest first. Equal marks are the same folder;
 * they tell nothing else. Folders that do not exist or cannot be looked at are left out.
 *
 * @param path absolute, without links
 * @param top absolute; `path` itself or a folder above it
 */
export function folderMarks(path: string, top: string): string[] {
  const { boot, host } = ownIdentity();
  const machine = boot === '' ? host : boot;
  const marks: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    const mark = markOf(at, machine);
    if (mark !== undefined) marks.push(mark);
    if (at === top || dirname(at) === at) return marks;
  }
}

/** The text of the table of mounts, by which a folder may be reached in other ways; '' where the system has none. */
export function mountTable(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    // Not Linux, or no /proc: then the path itself is the one way that is known.
    return '';
  }
}

function markOf(path: string, machine: string): string | undefined {
  let stat: ReturnType<typeof nodeOf>;
  try {
    stat = nodeOf(path);
  } catch {
    // Whoever may not look at a folder cannot say that it is another one either: it has no mark.
    return undefined;
  }
  if (stat === undefined) return undefined;
  const hash = createHash('sha256').update(`${machine}\0${stat.dev}\0${stat.ino}`).digest();
  return hash.subarray(0, MARK_BYTES).toString('base64url');
}

function nodeOf(path: string): { dev: bigint; ino: bigint } | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}
