import {
  type Connection,
  decodeServerMessage,
  encodeMessage,
  type Listed,
  type ListedChild,
  MAX_CONTROL_BYTES,
  MAX_LIST_FOLDERS,
  MAX_LISTED,
  MAX_OPEN_LISTS,
  ProtocolError,
  ROOT_ID,
} from '@lanmirror/protocol';
import { beforeAll, expect, test } from 'vitest';
import { NO_DIGESTS, sumBytes } from '../../core/index.ts';
import { createMemoryStore } from '../../store/index.ts';
import { loadHash } from '../../tree/index.ts';
import type { Observed } from '../index/index-entry.ts';
import { toSourceEntry } from '../index/index-entry.ts';
import { TreeIndex } from '../index/tree-index.ts';
import { answerList, FolderList } from './folder-list.ts';

beforeAll(() => loadHash());

const seen = (kind: Observed['kind'], sizeBytes = 0, linkTarget = ''): Observed => ({
  ...{ kind, sizeBytes, mtimeNs: 0n, ctimeNs: 0n, birthtimeNs: 0n, mtimeUs: 0, mode: 0o644, linkTarget },
  ...{ dev: 1n, ino: 1n, links: 2, isFresh: false },
});

function openIndex(): TreeIndex {
  const index = TreeIndex.open(
    createMemoryStore(),
    () => 'index',
    () => 1,
  );
  index.transact(() => index.create(0, '', seen('directory')));
  return index;
}

const create = (index: TreeIndex, parentId: number, name: string, as: Observed): number =>
  index.transact(() => index.create(parentId, name, as)).result.id;

const ask = (folders: readonly number[], after = '') =>
  ({ type: 'list', request: 7, folders, after }) as const;

/** Asks until all is answered; every answer must be one that can be sent. */
function askAll(index: TreeIndex, folders: readonly number[]): { children: ListedChild[]; answers: number } {
  const children: ListedChild[] = [];
  let left = folders;
  let after = '';
  for (let answers = 0; ; answers += 1) {
    expect(answers).toBeLessThan(1000);
    if (left.length === 0) return { children, answers };
    const bytes = encodeMessage(answerList(index, ask(left, after)));
    expect(bytes.length).toBeLessThanOrEqual(MAX_CONTROL_BYTES);
    const answer = decodeServerMessage(bytes) as Listed;
    expect(answer.folders.length).toBeGreaterThan(0);
    expect(answer.folders.flatMap((one) => one.children).length).toBeLessThanOrEqual(MAX_LISTED);
    for (const folder of answer.folders) children.push(...folder.children);
    const last = answer.folders.at(-1);
    const whole = answer.folders.filter(({ isWhole }) => isWhole).length;
    expect(whole).toBeGreaterThanOrEqual(answer.folders.length - 1);
    left = left.slice(whole);
    after = last?.isWhole === false ? (last.children.at(-1)?.entry.name ?? '') : '';
  }
}

test('a folder is answered with what is in it, and with what is known of all below', () => {
  const index = openIndex();
  const folder = create(index, ROOT_ID, 'folder', seen('directory'));
  const empty = create(index, ROOT_ID, 'none', seen('directory'));
  const known = create(index, ROOT_ID, 'known', seen('file', 5));
  create(index, folder, 'unknown', seen('file', 5));
  create(index, folder, 'link', seen('link', 0, 'to'));
  const hash = new Uint8Array(32).fill(3);
  index.transact(() => index.learnHash(known, index.byId(known)?.version ?? -1, hash));
  const answer = answerList(index, ask([ROOT_ID, folder, 999]));
  const told = (id: number, digest: Uint8Array | null, unknown: number) => {
    const entry = index.byId(id);
    return { entry: entry && toSourceEntry(entry), digest, unknown };
  };
  const [root, below, absent] = answer.folders;
  expect(answer.sequence).toBe(index.head);
  expect(root?.children).toEqual([
    told(folder, sumBytes(index.sumsOf(folder)), 1),
    told(known, hash, 0),
    told(empty, sumBytes(NO_DIGESTS), 0),
  ]);
  expect(below?.children.map(({ digest, unknown }) => [digest, unknown])).toEqual([
    [null, 0],
    [null, 1],
  ]);
  expect(absent).toEqual({ id: 999, isThere: false, isWhole: true, children: [] });
});

test('a large folder, and one whose names are long, is answered in parts without a hole', () => {
  const index = openIndex();
  const names = Array.from({ length: 3 * MAX_LISTED + 5 }, (_, at) => `${'€'.repeat(80)}${at}`);
  const folder = create(index, ROOT_ID, 'folder', seen('directory'));
  for (const name of names) create(index, folder, name, seen('link', 0, `${'x'.repeat(4000)}`));
  const few = create(index, ROOT_ID, 'few', seen('directory'));
  for (let at = 0; at < MAX_LISTED + 1; at += 1) create(index, few, `f${at}`, seen('file'));
  const { children } = askAll(index, [ROOT_ID, folder, few, few]);
  expect(children).toHaveLength(2 + names.length + 2 * (MAX_LISTED + 1));
  const inFolder = children.filter(({ entry }) => entry.parentId === folder);
  expect(new Set(inFolder.map(({ entry }) => entry.name))).toEqual(new Set(names));
});

test('as many folders as can be asked for are answered at once when they are empty', () => {
  const index = openIndex();
  const ids = Array.from({ length: MAX_LIST_FOLDERS }, (_, at) =>
    create(index, ROOT_ID, `d${at}`, seen('directory')),
  );
  expect(askAll(index, ids)).toEqual({ children: [], answers: 1 });
});

/** A connection on which messages leave when it is said. */
function slowLine() {
  const sent: Listed[] = [];
  const leaving: (() => void)[] = [];
  const send = (bytes: Uint8Array, gone?: () => void): void => {
    sent.push(decodeServerMessage(bytes) as Listed);
    if (gone !== undefined) leaving.push(gone);
  };
  return {
    connection: { send } as Partial<Connection> as Connection,
    sent,
    leave: () => leaving.shift()?.(),
  };
}

test('one answer is made at a time, and who asks for more than the limit breaks the protocol', () => {
  const { connection, sent, leave } = slowLine();
  const lists = new FolderList(connection, openIndex(), () => true);
  for (let at = 0; at < MAX_OPEN_LISTS; at += 1) lists.ask({ ...ask([ROOT_ID]), request: at });
  expect(() => lists.ask(ask([ROOT_ID]))).toThrow(ProtocolError);
  expect(sent).toHaveLength(1);
  leave();
  expect(sent.map(({ request }) => request)).toEqual([0, 1]);
  lists.ask(ask([ROOT_ID]));
});

test('nothing is answered before the index is whole, nor after the session', () => {
  const { connection, sent, leave } = slowLine();
  let isWhole = false;
  const lists = new FolderList(connection, openIndex(), () => isWhole);
  lists.ask(ask([ROOT_ID]));
  lists.ask(ask([ROOT_ID]));
  expect(sent).toHaveLength(0);
  isWhole = true;
  lists.pump();
  expect(sent).toHaveLength(1);
  lists.close();
  leave();
  expect(sent).toHaveLength(1);
});
