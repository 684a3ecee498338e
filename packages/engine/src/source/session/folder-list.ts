/**
 * Tells a client what is in folders of the index, so that it finds where its tree differs. Reads the index
 * and its sums, never the disk. One answer at a time and of a bounded size; the next is made when the one
 * before has left, so a client that only asks costs itself.
 */

import {
  type Connection,
  encodeMessage,
  type List,
  type Listed,
  type ListedChild,
  type ListedFolder,
  MAX_CONTROL_BYTES,
  MAX_LISTED,
  MAX_OPEN_LISTS,
  ProtocolError,
  wireBytes,
} from '@lanmirror/protocol';
import { sumBytes } from '../../core/index.ts';
import { type IndexEntry, toSourceEntry } from '../index/index-entry.ts';
import type { TreeIndex } from '../index/tree-index.ts';

/** Leaves room for the envelope and for one entry of the largest size. */
const ANSWER_BYTES = MAX_CONTROL_BYTES - 24 * 1024;
/** Upper bounds of what a folder and a child take beside the child's entry. */
const FOLDER_BYTES = 64;
const CHILD_BYTES = 48;

export class FolderList {
  readonly #connection: Connection;
  readonly #index: TreeIndex;
  readonly #mayAnswer: () => boolean;
  readonly #open: List[] = [];
  #isSending = false;
  #isClosed = false;

  /** `mayAnswer`: the index is whole, so that what is not in it may be taken for absent. */
  constructor(connection: Connection, index: TreeIndex, mayAnswer: () => boolean) {
    this.#connection = connection;
    this.#index = index;
    this.#mayAnswer = mayAnswer;
  }

  /** Takes a question. Throws ProtocolError when too many are open. */
  ask(list: List): void {
    if (this.#open.length >= MAX_OPEN_LISTS) throw new ProtocolError('too many open lists');
    this.#open.push(list);
    this.pump();
  }

  /** Answers what waits. Called whenever the index may have become whole. */
  pump(): void {
    if (this.#isClosed || this.#isSending || !this.#mayAnswer()) return;
    const [list] = this.#open;
    if (list === undefined) return;
    this.#isSending = true;
    this.#connection.send(encodeMessage(answerList(this.#index, list)), () => {
      this.#open.shift();
      this.#isSending = false;
      this.pump();
    });
  }

  close(): void {
    this.#isClosed = true;
  }
}

/** The answer to a list, as far as one message holds it. */
export function answerList(index: TreeIndex, { request, folders, after }: List): Listed {
  const answered: ListedFolder[] = [];
  let left = MAX_LISTED;
  let bytes = 0;
  for (const [at, id] of folders.entries()) {
    if (at > 0 && (left === 0 || bytes >= ANSWER_BYTES)) break;
    const folder = listFolder(index, id, at === 0 ? after : '', left, ANSWER_BYTES - bytes);
    answered.push(folder);
    left -= folder.children.length;
    bytes += FOLDER_BYTES + folder.children.reduce((sum, { entry }) => sum + childBytes(entry), 0);
    if (!folder.isWhole) break;
  }
  return { type: 'listed', request, sequence: index.head, folders: answered };
}

/** At least one child, if there is any behind `after`. */
function listFolder(
  index: TreeIndex,
  id: number,
  after: string,
  limit: number,
  maxBytes: number,
): ListedFolder {
  if (index.byId(id)?.kind !== 'directory') return { id, isThere: false, isWhole: true, children: [] };
  const found = index.childrenAfter(id, after, limit + 1);
  const children: ListedChild[] = [];
  let bytes = 0;
  for (const entry of found) {
    if (children.length > 0 && (children.length === limit || bytes >= maxBytes)) break;
    children.push(toListed(index, entry));
    bytes += childBytes(entry);
  }
  return { id, isThere: true, isWhole: children.length === found.length, children };
}

function toListed(index: TreeIndex, indexed: IndexEntry): ListedChild {
  const entry = toSourceEntry(indexed);
  if (entry.kind === 'link') return { entry, digest: null, unknown: 0 };
  if (entry.kind === 'file') return { entry, digest: indexed.hash, unknown: isUnknown(indexed) ? 1 : 0 };
  const sums = index.sumsOf(entry.id);
  return { entry, digest: sumBytes(sums), unknown: sums.unknown };
}

function isUnknown({ hash, sizeBytes, isExcluded }: IndexEntry): boolean {
  return hash === null && sizeBytes > 0 && isExcluded !== true;
}

function childBytes(
  entry: Pick<IndexEntry, 'name' | 'linkTarget'> & Parameters<typeof wireBytes>[0],
): number {
  return wireBytes(entry) + CHILD_BYTES;
}
