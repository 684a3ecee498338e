/** The hash of a small file, at once. */
import { hashBytes, type ReadableTree, type ReadHandle, TreeError } from '@lanmirror/engine/tree';

/** BLAKE3 of a file of `sizeBytes`, or undefined when it cannot be read or is shorter. */
export function contentHash(tree: ReadableTree, path: string, sizeBytes: number): Uint8Array | undefined {
  let handle: ReadHandle | undefined;
  try {
    handle = tree.open(path);
    const bytes = new Uint8Array(sizeBytes);
    return handle.readSync(bytes, 0, sizeBytes, 0) === sizeBytes ? hashBytes(bytes) : undefined;
  } catch (error) {
    if (error instanceof TreeError) return undefined;
    throw error;
  } finally {
    handle?.close();
  }
}
