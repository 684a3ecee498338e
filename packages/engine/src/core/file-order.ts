/** Which of many files are fetched first. Pure. */

/** `none`: as the source tells them; `newest` goes by the time of the last change, `name` folder by folder. */
export type FileOrder = 'none' | 'smallest' | 'newest' | 'name';

export interface OrderedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeUs: number;
}

/** What decides about a file. */
export interface FileKey {
  /** Somebody wants it before all others. */
  readonly isFirst: boolean;
  readonly value: number | string;
}

export function fileKey(order: FileOrder, isFirst: boolean, file: OrderedFile): FileKey {
  return { isFirst, value: valueIn(order, file) };
}

/** Below zero when `a` goes before `b`; 0 when it does not matter. Only for keys of one order. */
export function compareFileKeys(a: FileKey, b: FileKey): number {
  if (a.isFirst !== b.isFirst) return a.isFirst ? -1 : 1;
  if (a.value === b.value) return 0;
  return a.value < b.value ? -1 : 1;
}

function valueIn(order: FileOrder, { path, sizeBytes, mtimeUs }: OrderedFile): number | string {
  switch (order) {
    case 'none':
      return 0;
    case 'smallest':
      return sizeBytes;
    case 'newest':
      return -mtimeUs;
    case 'name':
      // A folder's files stay together: "a/b" goes before "a b".
      return path.replaceAll('/', '\0');
  }
}
