import type { ValueCodec } from './port.ts';
import { StoreError } from './store-error.ts';

/**
 * Decodes one stored value.
 * @throws StoreError CORRUPT that names the table when the codec refuses the bytes.
 */
export function decodeStored<V>(codec: ValueCodec<V>, table: string, bytes: Uint8Array): V {
  try {
    return codec.decode(bytes);
  } catch (error) {
    throw new StoreError('CORRUPT', `a value in table "${table}" cannot be read`, { cause: error });
  }
}
