/**
 * Moving a node to another file system, where a rename cannot: copied under a hidden name beside its
 * place, compared, flushed, given its name, and only then removed where it was.
 */

import {
  constants,
  fchmodSync,
  futimesSync,
  mkdirSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { joinPath } from '@lanmirror/protocol';
import { microseconds } from '../../core/index.ts';
import { TreeError } from '../error.ts';
import type { Stat } from '../port.ts';
import { flushFolderSync } from './checkpoint.ts';
import { folderOf, type Spot, systemPath } from './directories.ts';
import { setFileTime } from './file-time.ts';
import { withAccess, withReading } from './folder-access.ts';
import { errnoOf } from './fs-error.ts';
import { openRegular } from './local-source.ts';
import { listNames } from './name-list.ts';
import { lstatNode } from './node-stat.ts';
import type { OpenFile } from './open-file.ts';
import { nodeAt, renameNode } from './rename-node.ts';
import { isModeRefused, setModeIfKept, setNodeMetadata } from './set-metadata.ts';

const CHUNK_BYTES = 1024 * 1024;
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const CREATE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/** Moves what stands at `from` to `to` by way of `beside`. Both are whole or absent at every instant. */
export function moveAcross(from: Spot, to: Spot, beside: Spot, replace: boolean): void {
  const { kind } = requireNode(from);
  copyAcross(from, to, beside, replace);
  flushFolderSync(folderOf(to));
  removeCopied(from, to, kind === 'directory');
  flushFolderSync(folderOf(from));
}

/** Copies what stands at `from` to `to`, both durable then. What was copied before a failure is removed. */
export function copyAcross(from: Spot, to: Spot, beside: Spot, replace: boolean): void {
  try {
    copyNode(from, beside);
    renameNode(beside, to, requireNode(beside).kind, replace);
    to.directories.forget();
  } catch (error) {
    removeFailedCopy(beside);
    throw error;
  }
}

/** The failure to copy is what counts; a copy that cannot be removed now is swept at the next start. */
function removeFailedCopy(beside: Spot): void {
  try {
    removeTree(beside);
  } catch (error) {
    if (errnoOf(error) === '' && !(error instanceof TreeError)) throw error;
  }
}

/** Removes a node and all below it without a trace: only for copies and temporary files of our own. */
export function removeTree(spot: Spot): void {
  const node = nodeAt(spot);
  if (node === undefined) return;
  if (node.kind !== 'directory') {
    withAccess([spot], () => unlinkSync(systemPath(spot)));
    return;
  }
  for (const child of childrenOf(spot)) removeTree(child);
  withAccess([spot], () => rmdirSync(systemPath(spot)));
  spot.directories.forget();
}

function copyNode(from: Spot, to: Spot): void {
  const node = requireNode(from);
  if (node.kind === 'other') {
    throw new TreeError(
      'UNSUPPORTED',
      from.path,
      'a FIFO, socket or device cannot be moved to another file system',
    );
  }
  if (node.kind === 'file') copyFile(from, to);
  else if (node.kind === 'link') copyLink(from, to, node);
  else copyFolder(from, to, node);
}

function copyFolder(from: Spot, to: Spot, node: Stat): void {
  mkdirSync(systemPath(to), { mode: 0o700 });
  for (const child of childrenOf(from)) {
    copyNode(child, { ...to, path: to.path + child.path.slice(from.path.length) });
  }
  flushFolderSync(to);
  setModeIfKept(to, node.mode);
  setNodeMetadata(to, { mtimeUs: microseconds(node.mtimeNs) });
}

function copyLink(from: Spot, to: Spot, node: Stat): void {
  // As bytes: a target need not be UTF-8.
  symlinkSync(readlinkSync(systemPath(from), { encoding: 'buffer' }), systemPath(to));
  setNodeMetadata(to, { mtimeUs: microseconds(node.mtimeNs) });
}

function copyFile(from: Spot, to: Spot): void {
  const source = withReading(from, () => openRegular(systemPath(from), from.path, READ));
  try {
    const target = openRegular(systemPath(to), to.path, CREATE, 0o600);
    try {
      copyContent(source, target, from.path);
    } finally {
      target.close();
    }
  } finally {
    source.close();
  }
}

function copyContent(source: OpenFile, target: OpenFile, path: string): void {
  const before = source.stat();
  eachChunk(source, (bytes, position) => target.writeSync(bytes, position));
  target.sync((descriptor) => {
    setFileMode(descriptor, before.mode);
    setFileTime(
      microseconds(before.mtimeNs),
      (time) => futimesSync(descriptor, time, time),
      () => target.stat().mtimeNs,
    );
  });
  target.flushSync();
  requireSameContent(source, target, path);
  const after = source.stat();
  if (after.ctimeNs === before.ctimeNs && after.sizeBytes === before.sizeBytes) return;
  throw new TreeError('BUSY', path, 'the file changed while it was copied');
}

function setFileMode(descriptor: number, mode: number): void {
  try {
    fchmodSync(descriptor, mode);
  } catch (error) {
    // The content is what counts.
    if (!isModeRefused(error)) throw error;
  }
}

function requireSameContent(source: OpenFile, target: OpenFile, path: string): void {
  const copy = Buffer.allocUnsafe(CHUNK_BYTES);
  let compared = 0;
  eachChunk(source, (bytes, position) => {
    const length = target.readSync(copy, 0, bytes.length, position);
    if (length !== bytes.length || copy.compare(bytes, 0, length, 0, length) !== 0) {
      throw new TreeError('IO', path, 'the copy on the other file system differs from the file');
    }
    compared += length;
  });
  if (target.stat().sizeBytes !== compared)
    throw new TreeError('BUSY', path, 'the file changed while it was copied');
}

function eachChunk(file: OpenFile, take: (bytes: Uint8Array, position: number) => void): void {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let position = 0;
  for (;;) {
    const length = file.readSync(buffer, 0, CHUNK_BYTES, position);
    if (length === 0) return;
    take(buffer.subarray(0, length), position);
    position += length;
  }
}

/** Removes the original of a copy, but nothing that changed or came since it was copied. */
function removeCopied(from: Spot, copy: Spot, isFolder: boolean): void {
  if (isFolder) {
    for (const child of childrenOf(from)) {
      const childCopy = { ...copy, path: copy.path + child.path.slice(from.path.length) };
      removeCopied(child, childCopy, requireNode(child).kind === 'directory');
    }
    withAccess([from], () => rmdirSync(systemPath(from)));
    from.directories.forget();
    return;
  }
  const [original, copied] = [requireNode(from), withAccess([copy], () => nodeAt(copy))];
  const isSame =
    copied?.kind === original.kind &&
    copied.sizeBytes === original.sizeBytes &&
    microseconds(copied.mtimeNs) === microseconds(original.mtimeNs);
  if (!isSame)
    throw new TreeError('BUSY', from.path, 'it changed while it was copied to another file system');
  withAccess([from], () => unlinkSync(systemPath(from)));
}

function childrenOf(folder: Spot): Spot[] {
  const { names, undecodable } = withAccess([folder], () =>
    listNames(folder.directories.folder(folder.path)),
  );
  const [unreadable] = undecodable;
  if (unreadable !== undefined) {
    throw new TreeError(
      'UNSUPPORTED',
      `${folder.path}/${unreadable}`,
      'the name is not valid UTF-8 and cannot be copied',
    );
  }
  return names.map((name) => ({ ...folder, path: joinPath(folder.path, name) }));
}

function requireNode(spot: Spot): Stat {
  return withAccess([spot], () => lstatNode(systemPath(spot)));
}
