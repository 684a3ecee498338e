/**
 * Which files some program has open for writing, as far as the system tells: on Linux, of the processes that this one may
 * look at. Elsewhere, of other users' processes without their rights, and of what is only mapped into memory nothing is
 * known.
 */
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { errnoOf } from './fs-error.ts';

const OWNER_MAY_WRITE = 0o200n;

/** Whether somebody has this file open for writing; of what is not known, false. */
export type WriterCheck = (file: { readonly dev: bigint; readonly ino: bigint }) => boolean;

/** As it is at this moment: all processes are looked at once, for as many files as are asked about. */
export function openWriters(procDir = '/proc'): WriterCheck {
  const open = new Set<string>();
  if (process.platform !== 'linux') return () => false;
  for (const name of namesIn(procDir)) {
    if (!/^\d+$/.test(name)) continue;
    const folder = `${procDir}/${name}/fd`;
    for (const descriptor of namesIn(folder)) {
      const file = writtenFile(`${folder}/${descriptor}`);
      if (file !== undefined) open.add(file);
    }
  }
  return ({ dev, ino }) => open.has(`${dev} ${ino}`);
}

/** The mode of the link says what the descriptor is for; what it leads to is asked only then. */
function writtenFile(link: string): string | undefined {
  return unlessHidden(() => {
    if ((lstatSync(link, { bigint: true }).mode & OWNER_MAY_WRITE) === 0n) return undefined;
    const stat = statSync(link, { bigint: true });
    return stat.isFile() ? `${stat.dev} ${stat.ino}` : undefined;
  });
}

function namesIn(folder: string): readonly string[] {
  return unlessHidden(() => readdirSync(folder)) ?? [];
}

/** A process may have ended, or be another's; and a file that its disk cannot tell of is none of a disk that can. */
function unlessHidden<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return undefined;
  }
}
