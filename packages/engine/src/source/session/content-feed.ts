/**
 * Answers the fetches of one connection. Every fetch runs on its own, so a large file never stands
 * before a small one; all share one gate that opens when little is queued on the connection, so a slow
 * client costs its own frames and no memory of the server's.
 */
import {
  type Blocks,
  type Connection,
  type Fetch,
  MAX_BLOCK_LISTS,
  MAX_FRAME_BYTES,
  MAX_OPEN_FETCHES,
  ProtocolError,
} from '@lanmirror/protocol';
import { type FrameGate, OPEN_GATE } from './content-turns.ts';
import { type ContentHost, RequestStream } from './request-stream.ts';

/** Who waits for his turn hears of it so often, so that he does not take this end for one that does nothing. */
const SIGN_MS = 5000;
/** Above this nothing more is queued. Two frames keep the line busy while the next is read. */
const HIGH_WATER_BYTES = 2 * MAX_FRAME_BYTES;
const MAX_SPARE_FRAMES = 8;

export class ContentFeed {
  readonly #connection: Connection;
  readonly #host: ContentHost;
  readonly #failed: (error: unknown) => void;
  readonly #gate: FrameGate;
  readonly #held: () => void;
  readonly #open = new Map<number, RequestStream>();
  readonly #waiting: (() => void)[] = [];
  /** Who waits for the root of the source. */
  readonly #away: (() => void)[] = [];
  readonly #spare: Uint8Array[] = [];
  #isClosed = false;
  sentBytes = 0;

  /**
   * `failed` is told of an error that is not about one file: the connection is of no more use. `gate`: asked before
   * each frame. `held`: called every SIGN_MS while that lets one wait.
   */
  constructor(
    connection: Connection,
    host: ContentHost,
    failed: (error: unknown) => void,
    gate: FrameGate = OPEN_GATE,
    held: () => void = () => undefined,
  ) {
    this.#connection = connection;
    this.#host = host;
    this.#failed = failed;
    this.#gate = gate;
    this.#held = held;
  }

  get isIdle(): boolean {
    return this.#open.size === 0;
  }

  /** Begins to answer. Throws ProtocolError when too many fetches are open or the number is in use. */
  start(fetch: Fetch): void {
    if (this.#open.size >= MAX_OPEN_FETCHES) throw new ProtocolError('too many open fetches');
    if (this.#open.has(fetch.request)) throw new ProtocolError('fetch number in use');
    const stream = new RequestStream(fetch, this.#host);
    if (stream.hasList && this.#openLists() >= MAX_BLOCK_LISTS)
      throw new ProtocolError('too many block lists');
    this.#open.set(fetch.request, stream);
    this.#run(stream).catch(this.#failed);
  }

  /** Digests for an open fetch; a fetch that is over needs none. Throws ProtocolError when they belong to no list. */
  blocks({ request, digests }: Blocks): void {
    this.#open.get(request)?.takeDigests(digests);
  }

  cancel(request: number): void {
    this.#open.get(request)?.close();
    this.look();
  }

  /** The root of the source may be back. */
  look(): void {
    for (const wake of this.#away.splice(0)) wake();
  }

  close(): void {
    this.#isClosed = true;
    for (const stream of this.#open.values()) stream.close();
    for (const wake of this.#waiting.splice(0)) wake();
    this.look();
  }

  async #run(stream: RequestStream): Promise<void> {
    try {
      while (!this.#isClosed) {
        await this.#there(stream);
        await this.#room();
        if (this.#isClosed || !(await this.#turn())) break;
        const isSent = await this.#sendFrame(stream);
        if (!isSent && !stream.isHeld) break;
      }
    } finally {
      stream.close();
      this.#open.delete(stream.request);
      // It was let through and sent nothing: the next one may go in its stead.
      this.#wakeNext();
      if (this.isIdle) this.#host.tree.release();
    }
  }

  /** Makes and sends the next frame, in a turn that was given; false when there is none. */
  async #sendFrame(stream: RequestStream): Promise<boolean> {
    let bytes = 0;
    try {
      // Others have sent while this one waited for its turn.
      await this.#room();
      const frame = this.#spare.pop() ?? new Uint8Array(MAX_FRAME_BYTES);
      const used = await stream.fill(frame, this.#gate.frameBytes);
      if (used === undefined || this.#isClosed) return false;
      bytes = used.length;
      this.sentBytes += bytes;
      this.#connection.send(used, () => this.#giveBack(frame));
      return true;
    } finally {
      this.#gate.sent(bytes);
    }
  }

  async #turn(): Promise<boolean> {
    const turn = this.#gate.turn();
    if (turn === true) return true;
    let cancel = (): void => undefined;
    const again = (): void => {
      cancel = this.#host.clock.after(SIGN_MS, () => {
        this.#held();
        again();
      });
    };
    again();
    try {
      return await turn;
    } finally {
      cancel();
    }
  }

  /** Resolves when the root of the source is there, or the answer is not wanted any more. */
  async #there(stream: RequestStream): Promise<void> {
    while (!this.#isClosed && !stream.isOver && this.#host.isRootAway())
      await new Promise<void>((resolve) => this.#away.push(resolve));
  }

  #openLists(): number {
    let count = 0;
    for (const { hasList } of this.#open.values()) if (hasList) count += 1;
    return count;
  }

  #room(): Promise<void> | undefined {
    // Nobody would wake it any more, and who has a turn gives it back.
    if (this.#isClosed) return undefined;
    if (this.#connection.bufferedBytes() < HIGH_WATER_BYTES) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #giveBack(frame: Uint8Array): void {
    if (this.#spare.length < MAX_SPARE_FRAMES) this.#spare.push(frame);
    this.#wakeNext();
  }

  #wakeNext(): void {
    if (this.#connection.bufferedBytes() < HIGH_WATER_BYTES) this.#waiting.shift()?.();
  }
}
