/** The lines between the server and its clients, and what can happen to them. */
import { type Connection, isDataFrame } from '@lanmirror/protocol';
import { DialError } from '../../packages/client/src/session/dial.ts';
import type { Ground } from './plants.ts';
import { SequenceOracle } from './sequence-oracle.ts';
import { type Direction, isChanges, messageIn, type Tampering, Wire } from './wire.ts';

/** More than this on its way to one client means that the server keeps what it cannot send. */
const MAX_IN_FLIGHT_BYTES = 4 << 20;

interface Line {
  readonly wire: Wire;
  /** Whoever dialled. */
  readonly owner: object;
}

export class Network {
  isUp = true;
  /** What happens to the next part of a feed. */
  tampering: Tampering | undefined;
  readonly #ground: Ground;
  readonly #sequences: SequenceOracle;
  #lines: Line[] = [];
  #held: Uint8Array | undefined;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#sequences = new SequenceOracle((text) => ground.violate(text));
  }

  /** `answer` gives the server that listens, if one does. A process that `isDead` gets no answer any more. */
  dial(
    owner: object,
    answer: () => { accept(connection: Connection): void } | undefined,
    isDead: () => boolean,
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      this.#ground.scheduler.after(1, () => {
        if (isDead()) return;
        const server = answer();
        if (server === undefined || !this.isUp) {
          reject(new DialError('unreachable', 'nobody answers'));
          return;
        }
        const wire = this.#makeWire();
        this.#lines = [...this.#lines.filter((line) => !line.wire.isOver), { wire, owner }];
        server.accept(wire.server);
        resolve(wire.client);
      });
    });
  }

  down(ms: number): void {
    this.isUp = false;
    this.cut();
    this.#ground.scheduler.after(ms, () => {
      this.isUp = true;
    });
  }

  cut(): void {
    for (const { wire } of this.#lines) wire.cut();
  }

  stall(direction: Direction, ms: number): void {
    for (const { wire } of this.#lines) wire.stall(direction, ms);
  }

  /** The server's process is dead. */
  serverDied(): void {
    for (const { wire } of this.#lines) wire.die('to-server');
    this.#lines = [];
  }

  /** The process that dialled is dead. */
  clientDied(owner: object): void {
    for (const line of this.#lines) if (line.owner === owner) line.wire.die('to-client');
    this.#lines = this.#lines.filter((line) => line.owner !== owner);
  }

  #makeWire(): Wire {
    const { scheduler } = this.#ground;
    const violate = (text: string): void => this.#ground.violate(text);
    const session = this.#sequences.session();
    return new Wire(scheduler, {
      arriving: (direction, bytes) => {
        if (direction === 'to-client' && !isDataFrame(bytes)) session.hear(messageIn(bytes));
        return this.#arriving(direction, bytes);
      },
      sharedBytes: (direction) => violate(`I2: bytes on their way ${direction} were changed by the sender`),
      inFlight: (direction, bytes) => {
        if (bytes > MAX_IN_FLIGHT_BYTES) violate(`I11: ${bytes} bytes wait on their way ${direction}`);
      },
    });
  }

  #arriving(direction: Direction, bytes: Uint8Array): readonly Uint8Array[] {
    const planted = this.#ground.plants.arriving?.(direction, bytes) ?? [bytes];
    if (this.tampering === undefined || planted.length !== 1 || !isChanges(direction, bytes)) return planted;
    if (this.tampering === 'swap' && this.#held === undefined) {
      this.#held = bytes;
      return [];
    }
    const { tampering } = this;
    this.tampering = undefined;
    if (tampering === 'drop') return [];
    if (tampering === 'duplicate') return [bytes, bytes];
    const first = this.#held ?? bytes;
    this.#held = undefined;
    return [bytes, first];
  }
}
