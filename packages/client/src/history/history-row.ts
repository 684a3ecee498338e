/** One thing that happened to a path of this mirror, and how it is stored. Pure. */

/**
 * `repaired`: something else stood here, or nothing did, and it is again what the server has. `put-away`:
 * what somebody wrote or added on the mirror, or what stood in the way, went to the trash. `attributes`:
 * permission bits or the time alone. `kept`: it is gone at the source, and stays here by the rule for deletions.
 * `cleaned`: it was verified here, and went to the trash of the source.
 */
export const OPERATIONS = [
  'created',
  'modified',
  'deleted',
  'renamed',
  'attributes',
  'repaired',
  'put-away',
  'kept',
  'cleaned',
] as const;
export type Operation = (typeof OPERATIONS)[number];

const KINDS = ['file', 'directory', 'link'] as const;

export interface HistoryRow {
  /** Milliseconds since 1970, by the clock of the mirror. */
  readonly atMs: number;
  readonly operation: Operation;
  readonly kind: (typeof KINDS)[number];
  /** Relative to the target, after a rename the new one. */
  readonly path: string;
  /** What it was called before a rename; '' where that is not known, and for all else. */
  readonly from: string;
  /** Of the content that stands here now, or of the one that went. Of a folder 0. */
  readonly sizeBytes: number;
  /** Where the content before is in the trash, relative to the target or absolute; '' when there was none. */
  readonly trash: string;
  /** There was a content before, and it was not kept: one had been kept within the hour. */
  readonly isVersionLost: boolean;
  /** Why it could not be done; '' when it was done. */
  readonly code: string;
}

/** As stored: values in a fixed order, without the empty ones at the end. */
export type PackedRow = readonly (number | string)[];

export function packRow(row: HistoryRow): PackedRow {
  const { atMs, operation, kind, path, from, sizeBytes, trash, isVersionLost, code } = row;
  const packed = [atMs, OPERATIONS.indexOf(operation), KINDS.indexOf(kind), path, sizeBytes];
  if (from === '' && trash === '' && !isVersionLost && code === '') return packed;
  return [...packed, from, trash, isVersionLost ? 1 : 0, code];
}

/** The row that was packed; undefined for what this program does not know. */
export function unpackRow(packed: PackedRow): HistoryRow | undefined {
  const [atMs, operationAt, kindAt, path, sizeBytes, from = '', trash = '', lost = 0, code = ''] = packed;
  const operation = OPERATIONS[Number(operationAt)];
  const kind = KINDS[Number(kindAt)];
  if (operation === undefined || kind === undefined) return undefined;
  return {
    ...{ atMs: Number(atMs), operation, kind, path: String(path), from: String(from) },
    ...{ sizeBytes: Number(sizeBytes), trash: String(trash), isVersionLost: lost === 1, code: String(code) },
  };
}
