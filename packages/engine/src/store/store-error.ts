/** Errors of a store. `code` is for programs, `message` is a sentence for a person. */

export type StoreErrorCode =
  /** The disk, its quota or the memory map is full. The transaction was undone. */
  | 'NO_SPACE'
  /** The files are not a store, or are damaged. */
  | 'CORRUPT'
  /** The tables are of another version of the program. */
  | 'OTHER_FORMAT'
  /** The folder or its files may not be read or written. */
  | 'DENIED'
  /** The store was closed, or its process "died" (memory store). */
  | 'CLOSED'
  /** Called in a way the port forbids: a write outside a transaction, a transaction in another. */
  | 'MISUSE'
  /** Whatever else the disk reports. */
  | 'IO';

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}
