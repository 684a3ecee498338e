/**
 * The keys that a running server accepts. In memory, so that nobody can tell by time which names there are. Another
 * server may have the same keys, and remove one: that is written down on the disk and looked for there.
 */
import { displayName, UserError } from '@lanmirror/engine/host';
import { DEFAULT_KEY_NAME } from '@lanmirror/protocol';
import { lineageState } from './key-lineage.ts';
import { readKeys } from './named-key.ts';

export class KeyRing {
  readonly #home: string;
  readonly #own: Uint8Array;
  readonly #warn: (text: string) => void;
  #named: ReadonlyMap<string, Uint8Array>;
  #faults: ReadonlySet<string> = new Set();
  /** What was on the disk when it was read last. */
  #state = '';
  #saidFault = '';

  /**
   * @param own the key that is called `default`
   * @param warn told once of each file that holds no key
   * @throws UserError when the folder of the keys cannot be read
   */
  constructor(home: string, own: Uint8Array, warn: (text: string) => void) {
    this.#home = home;
    this.#own = own;
    this.#warn = warn;
    this.#named = this.#read();
  }

  /** The key of this name, 32 bytes; undefined when there is none. */
  keyOf(name: string): Uint8Array | undefined {
    return name === DEFAULT_KEY_NAME ? this.#own : this.#named.get(name);
  }

  /** There are others besides `default`. */
  get isSeveral(): boolean {
    return this.#named.size > 0;
  }

  /** This one was removed, whatever becomes of the others. */
  drop(name: string): void {
    this.#named = new Map([...this.#named].filter(([known]) => known !== name));
  }

  /**
   * Reads the files again. Returns the names that are no key any more, or another one.
   * @throws UserError when the folder of the keys cannot be read; all stays as it was then
   */
  renew(): readonly string[] {
    const before = this.#named;
    this.#named = this.#read();
    return [...before].filter(([name, key]) => !isSame(key, this.#named.get(name))).map(([name]) => name);
  }

  /**
   * Reads the files again if they are others than they were; costs a few calls of the file system. What cannot be looked
   * at is warned of once, and changes nothing.
   * @returns the names that are no key any more, or another one
   */
  look(): readonly string[] {
    try {
      const former = lineageState(this.#home) === this.#state ? [] : this.renew();
      this.#saidFault = '';
      return former;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (!(error instanceof UserError) && code === undefined) throw error;
      if (this.#saidFault !== message)
        this.#warn(`Whether keys were removed is not known: ${displayName(message)}`);
      this.#saidFault = message;
      return [];
    }
  }

  #read(): ReadonlyMap<string, Uint8Array> {
    // Before the files: what changes while they are read is found by the next look.
    const state = lineageState(this.#home);
    const { keys, faults } = readKeys(this.#home);
    this.#state = state;
    const texts = faults.map(({ message }) => `${message} It opens nothing; the other keys count.`);
    for (const text of texts) if (!this.#faults.has(text)) this.#warn(text);
    this.#faults = new Set(texts);
    return keys;
  }
}

function isSame(key: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(key, other) === 0;
}
