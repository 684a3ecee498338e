/** The keys that a running server accepts. In memory, so that nobody can tell by time which names there are. */
import { DEFAULT_KEY_NAME } from '@lanmirror/protocol';
import { readKeys } from './named-key.ts';

export class KeyRing {
  readonly #home: string;
  readonly #own: Uint8Array;
  readonly #warn: (text: string) => void;
  #named: ReadonlyMap<string, Uint8Array>;
  #faults: ReadonlySet<string> = new Set();

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

  #read(): ReadonlyMap<string, Uint8Array> {
    const { keys, faults } = readKeys(this.#home);
    const texts = faults.map(({ message }) => `${message} It opens nothing; the other keys count.`);
    for (const text of texts) if (!this.#faults.has(text)) this.#warn(text);
    this.#faults = new Set(texts);
    return keys;
  }
}

function isSame(key: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(key, other) === 0;
}
