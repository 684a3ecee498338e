/** Numbers as eight bytes: for tables that lead from one key to another. */
import { asBuffer } from './buffer.ts';
import type { ValueCodec } from './port.ts';

const BYTES = 8;

/** A codec for any number; -0 and NaN come back as they are. What `encode` returns is good until it is called again. */
export function numberCodec(): ValueCodec<number> {
  const bytes = new Uint8Array(BYTES);
  const view = new DataView(bytes.buffer);
  return {
    encode(value) {
      view.setFloat64(0, value);
      return bytes;
    },
    decode: (stored) => asBuffer(stored).readDoubleBE(0),
  };
}
