/**
 * Looks at the file of an LMDB store before LMDB does: opened on something that is not one, or read
 * where the file ends too early, it kills the process instead of reporting an error.
 *
 * Layout (64-bit, native byte order): two meta pages, the second one page size behind the first.
 * After the page header of 24 bytes: magic u32, version u32, then at 48 the page size u32, at 144 the
 * number of the last page u64, at 152 the transaction u64; the meta page with the higher one counts.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { arch, endianness } from 'node:os';
import { StoreError } from './store-error.ts';

const MAGIC = 0xbeefc0de;
const META_BYTES = 160;

interface Meta {
  readonly pageBytes: number;
  readonly lastPage: bigint;
  readonly transaction: bigint;
}

/**
 * Bytes that are missing at the end of `file`; 0 for a whole, an absent and an empty file. A store may
 * honestly be shorter than its last page says, when its final pages were never used: whether anything
 * is lost is known only after every table was read.
 * @throws StoreError CORRUPT when it is not an LMDB file.
 */
export function missingBytes(file: string): { readonly sizeBytes: number; readonly missing: number } {
  const sizeBytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  // Elsewhere the layout is another one; LMDB is trusted there.
  if (sizeBytes === 0 || endianness() !== 'LE' || arch() === 'arm' || arch() === 'ia32') {
    return { sizeBytes, missing: 0 };
  }
  const descriptor = openSync(file, 'r');
  try {
    const first = readMeta(descriptor, 0, file);
    const second = readMeta(descriptor, first.pageBytes, file);
    const newest = second.transaction > first.transaction ? second : first;
    const needed = Number(newest.lastPage + 1n) * first.pageBytes;
    return { sizeBytes, missing: Math.max(0, needed - sizeBytes) };
  } finally {
    closeSync(descriptor);
  }
}

function readMeta(descriptor: number, position: number, file: string): Meta {
  const bytes = Buffer.alloc(META_BYTES);
  const count = readSync(descriptor, bytes, 0, META_BYTES, position);
  const pageBytes = bytes.readUInt32LE(48);
  const isMeta = count === META_BYTES && bytes.readUInt32LE(24) === MAGIC;
  const isPageSize = pageBytes >= 512 && pageBytes <= 65_536 && (pageBytes & (pageBytes - 1)) === 0;
  if (!isMeta || !isPageSize)
    throw new StoreError('CORRUPT', `${file} is damaged or is not a lanmirror state`);
  return { pageBytes, lastPage: bytes.readBigUInt64LE(144), transaction: bytes.readBigUInt64LE(152) };
}
