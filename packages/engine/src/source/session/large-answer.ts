/** Says the content of one large file, frame by frame. */
import type { RecordKind } from '@lanmirror/protocol';
import { MAX_RUN_BYTES } from '@lanmirror/protocol';
import { type Piece, type PieceSource, piecesOf } from './content-piece.ts';

/** A record is not begun for fewer bytes than this. */
const LEAST_BYTES = 4096;

/** The frame that is being filled. */
export interface RecordWriter {
  /** Bytes that the payload of one more record may have. */
  room(): number;
  say(kind: RecordKind, payload: Uint8Array): void;
}

export class LargeAnswer {
  readonly #pieces: AsyncGenerator<Piece, boolean>;
  /** What did not fit into the last frame. */
  #rest: Uint8Array | undefined;

  constructor(source: PieceSource) {
    this.#pieces = piecesOf(source);
  }

  /**
   * Adds records. `full`: the frame is to be sent, and more follows. `whole`: all is said. `short`: the file ends
   * before its end. Throws TreeError.
   */
  async fill(writer: RecordWriter): Promise<'full' | 'whole' | 'short'> {
    for (;;) {
      if (writer.room() < LEAST_BYTES) return 'full';
      if (this.#rest !== undefined) {
        this.#sayBytes(writer, this.#rest);
        continue;
      }
      const { done, value } = await this.#pieces.next();
      if (done === true) return value ? 'whole' : 'short';
      if (value.kind === 'bytes') this.#sayBytes(writer, value.bytes);
      else {
        writer.say(value.kind, countOf(value.length));
        // The client begins with it while the file is being read on.
        if (value.length === MAX_RUN_BYTES) return 'full';
      }
    }
  }

  #sayBytes(writer: RecordWriter, bytes: Uint8Array): void {
    const room = writer.room();
    writer.say('bytes', bytes.subarray(0, room));
    this.#rest = bytes.length > room ? bytes.subarray(room) : undefined;
  }
}

function countOf(length: number): Uint8Array {
  const payload = new Uint8Array(4);
  new DataView(payload.buffer).setUint32(0, length);
  return payload;
}
