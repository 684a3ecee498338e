/**
 * Is a folder on a file system that other machines change? The kernel tells only of changes that are made
 * through it, so on those a watcher hears nothing of the rest.
 */
import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Mount, parseMountTable } from '../../core/index.ts';
import { readMountTable } from '../mount-table.ts';
import { errorCode } from './watch-failure.ts';

const FUSE = 0x65735546;

/** From the kernel's `magic.h` and the sources of the modules outside of it. */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9p'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x73757245, 'Coda'],
  [0x0bd00bd0, 'Lustre'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x786f4256, 'a folder shared by VirtualBox'],
  [0xbacbacbc, 'a folder shared by VMware'],
]);

/**
 * The name of a file system for a person if others may change it unheard, else undefined.
 * @param type as statfs gives it
 * @param mountType what the table of mounts calls it; only FUSE needs it: `fuseblk` is a local disk
 */
export function remoteName(type: number, mountType: () => string | undefined): string | undefined {
  const unsigned = type >>> 0;
  if (unsigned !== FUSE) return REMOTE.get(unsigned);
  const name = mountType();
  if (name === 'fuseblk') return undefined;
  return name?.startsWith('fuse.') ? `${name.slice('fuse.'.length)} (FUSE)` : 'FUSE';
}

/** {@link remoteName} of the folder at `root`, absolute and real; undefined also where the system does not say. */
export function remoteFileSystem(root: string): string | undefined {
  try {
    const { type } = statfsSync(root);
    return remoteName(type, () => mountTypeOf(readMountTable(), root));
  } catch (error) {
    // The folder went meanwhile, or there is no such table: who scans it finds out what is wrong.
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}

/** {@link remoteFileSystem} of `path`, absolute, or while that does not exist of the folder in which it would be made. */
export function remoteFileSystemFor(path: string): string | undefined {
  let there = path;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  return remoteFileSystem(there);
}

/** The type of the innermost mount that holds `path`, from the text of `/proc/self/mountinfo`. */
export function mountTypeOf(mountInfo: string, path: string): string | undefined {
  let best: Mount | undefined;
  for (const mount of parseMountTable(mountInfo)) {
    const { point } = mount;
    const isAbove = `${path}/`.startsWith(point === '/' ? '/' : `${point}/`);
    if (isAbove && point.length >= (best?.point.length ?? 0)) best = mount;
  }
  return best?.type;
}
