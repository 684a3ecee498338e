/**
 * What an index knows of itself, and how that changes. Pure: the record of before in, the next one out.
 */

import { ROOT_ID } from '@lanmirror/protocol';
import type { OpenJudgement } from '../../core/index.ts';
import { StoreError } from '../../store/index.ts';

/** Raised when the tables of an index are laid out otherwise: those of another program are refused. */
const FORMAT = 2;

export interface IndexMeta {
  readonly format: number;
  readonly indexId: string;
  readonly generation: number;
  /** Where each generation began: the last sequence that existed then. The oldest first. */
  readonly opened: readonly { readonly generation: number; readonly sequence: number }[];
  /** The last sequence issued. */
  readonly head: number;
  readonly lastId: number;
  /** Number of live entries, root excluded. */
  readonly entries: number;
  /** Tombstones at or below this sequence have expired. */
  readonly oldestTombstone: number;
  readonly tombstones: number;
  /** By which rule the sums were made; 0 when there are none yet. */
  readonly sums: number;
  /** By which rule the names of nodes were found; 0 when they were not yet. */
  readonly links: number;
  /** What of a loss no whole scan has settled yet; not there when nothing is in doubt. */
  readonly judgement?: OpenJudgement;
}

/** Who saw an older one compares everything. */
const MAX_GENERATIONS = 1000;

/** Of an index that has nothing and was never opened. */
export function emptyMeta(indexId: string): IndexMeta {
  return {
    format: FORMAT,
    indexId,
    generation: 0,
    opened: [],
    head: 0,
    lastId: ROOT_ID,
    entries: 0,
    oldestTombstone: 0,
    tombstones: 0,
    sums: 0,
    links: 0,
  };
}

/** A record of an index that this program can read. Throws StoreError OTHER_FORMAT for any other. */
export function readableMeta(stored: IndexMeta): IndexMeta {
  if (stored.format === FORMAT) return stored;
  throw new StoreError('OTHER_FORMAT', 'The index was made by another version of this program');
}

/** A new generation begins, whose number is larger by `step`. */
export function openedMeta(meta: IndexMeta, step: number): IndexMeta {
  const generation = meta.generation + step;
  const opened = [...meta.opened, { generation, sequence: meta.head }].slice(-MAX_GENERATIONS);
  return { ...meta, generation, opened };
}

/** What is still to be judged, or nothing any more. */
export function judgedMeta({ judgement: _, ...meta }: IndexMeta, open: OpenJudgement | undefined): IndexMeta {
  return open === undefined ? meta : { ...meta, judgement: open };
}

/** The next sequence is issued: it is the new head. */
export function issuedMeta(meta: IndexMeta): IndexMeta {
  return { ...meta, head: meta.head + 1 };
}

/** A new entry has this id. */
export function createdMeta(meta: IndexMeta, id: number): IndexMeta {
  const entries = meta.entries + (id === ROOT_ID ? 0 : 1);
  return { ...meta, lastId: Math.max(id, meta.lastId), entries };
}

/** So many entries are gone, and so many tombstones stand for them. */
export function removedMeta(meta: IndexMeta, entries: number, tombstones: number): IndexMeta {
  return { ...meta, entries: meta.entries - entries, tombstones: meta.tombstones + tombstones };
}

/** The tombstones of these sequences, in their order, are forgotten. */
export function expiredMeta(meta: IndexMeta, sequences: readonly number[]): IndexMeta {
  const oldestTombstone = sequences.at(-1) ?? meta.oldestTombstone;
  return { ...meta, oldestTombstone, tombstones: meta.tombstones - sequences.length };
}
