/** The names of one node as bytes: for each of them two big-endian f64, its entry's id and the number of names that were seen. */
import { asBuffer, type ValueCodec } from '../../store/index.ts';

/** By the ids of entries that are names of one node: how many names it had when it was seen by this one. */
export type LinkNames = Map<number, number>;

const NAME_BYTES = 16;

/** @throws (`decode`) RangeError for bytes that end within a name. */
export function linkNamesCodec(): ValueCodec<LinkNames> {
  return { encode, decode };
}

function encode(names: LinkNames): Uint8Array {
  const bytes = Buffer.allocUnsafe(names.size * NAME_BYTES);
  let at = 0;
  for (const [id, links] of names) {
    bytes.writeDoubleBE(id, at);
    bytes.writeDoubleBE(links, at + NAME_BYTES / 2);
    at += NAME_BYTES;
  }
  return bytes;
}

function decode(stored: Uint8Array): LinkNames {
  const bytes = asBuffer(stored);
  const names: LinkNames = new Map();
  for (let at = 0; at < bytes.length; at += NAME_BYTES)
    names.set(bytes.readDoubleBE(at), bytes.readDoubleBE(at + NAME_BYTES / 2));
  return names;
}
