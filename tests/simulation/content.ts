/** Contents of files by a short key, and all contents that may ever be seen. */
import { createHash } from 'node:crypto';

const keys = new WeakMap<Uint8Array, string>();

/** Equal for equal bytes. Small contents are their own key, so that failures can be read. */
export function contentKey(bytes: Uint8Array): string {
  let key = keys.get(bytes);
  if (key === undefined) {
    key =
      bytes.length <= 200
        ? Buffer.from(bytes).toString('latin1')
        : `${bytes.length} bytes ${createHash('sha1').update(bytes).digest('hex')}`;
    keys.set(bytes, key);
  }
  return key;
}

/** Bytes that differ in every block from those with another label. */
export function makeContent(label: string, sizeBytes: number): Uint8Array {
  const bytes = Buffer.alloc(Math.max(sizeBytes, 0), `${label}|`);
  if (sizeBytes > 4096) for (let at = 0; at < sizeBytes; at += 4096) bytes.write(`${label}@${at}|`, at);
  return new Uint8Array(bytes);
}
