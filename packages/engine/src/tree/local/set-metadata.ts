/** Mode and modification time of a node, never through a link. */

import { lutimesSync } from 'node:fs';
import { TreeError } from '../error.ts';
import type { Metadata, Stat } from '../port.ts';
import { type NodeHandle, type Spot, systemPath } from './directories.ts';
import { setFileTime } from './file-time.ts';
import { errnoOf } from './fs-error.ts';
import { lstatNode } from './node-stat.ts';

/** A folder keeps its setgid and sticky bits: on a shared disk they are local policy and decide about groups. */
const FOLDER_BITS = 0o3000;

/** Sets what `metadata` names on the node at `spot` and returns what stands there then. */
export function setNodeMetadata(spot: Spot, metadata: Metadata): Stat {
  const node = holdUnlessLink(spot);
  if (node === undefined) return setLinkTime(spot, metadata);
  try {
    const { kind } = node.stat();
    if (kind === 'link') return setLinkTime(spot, metadata);
    if (kind === 'other')
      throw new TreeError('NOT_A_FILE', spot.path, 'a FIFO, socket or device stands there');
    if (metadata.mode !== undefined) setMode(node, metadata.mode, kind === 'directory');
    const { mtimeUs } = metadata;
    if (mtimeUs !== undefined) {
      setFileTime(
        mtimeUs,
        (time) => node.utimes(time, time),
        () => node.stat().mtimeNs,
      );
    }
    return node.stat();
  } finally {
    node.close();
  }
}

/** Whether the error is that of a disk that keeps no modes and says so. */
export function isModeRefused(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errnoOf(error));
}

/** Sets the mode on a node that we made. Where the disk refuses any, the stat shows which it has. */
export function setModeIfKept(spot: Spot, mode: number): Stat {
  try {
    return setNodeMetadata(spot, { mode });
  } catch (error) {
    if (!isModeRefused(error)) throw error;
    return lstatNode(systemPath(spot));
  }
}

function holdUnlessLink(spot: Spot): NodeHandle | undefined {
  try {
    return spot.directories.hold(spot.path);
  } catch (error) {
    if (errnoOf(error) === 'ELOOP') return undefined;
    throw error;
  }
}

/** Nothing is called when the mode is right already: the owner may be somebody else. */
function setMode(node: NodeHandle, mode: number, isFolder: boolean): void {
  const before = node.fullMode();
  const wanted = (mode & 0o777) | (isFolder ? before & FOLDER_BITS : 0);
  if (before !== wanted) node.chmod(wanted);
}

function setLinkTime(spot: Spot, { mtimeUs }: Metadata): Stat {
  const path = systemPath(spot);
  if (mtimeUs !== undefined) {
    setFileTime(
      mtimeUs,
      (time) => lutimesSync(path, time, time),
      () => lstatNode(path).mtimeNs,
    );
  }
  return lstatNode(path);
}
