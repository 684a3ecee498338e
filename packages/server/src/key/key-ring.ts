/** The keys that a running server accepts. In memory, so that nobody can tell by time which names there are. */
import { DEFAULT_KEY_NAME } from '@lanmirror/protocol';
import { readKeys } from './named-key.ts';

export class KeyRing {
  readonly #home: string;
  readonly #own: Uint8Array;
  #named: ReadonlyMap<string, Uint8Array>;

  /** `own`: the key that is called `default`. Throws UserError when a key cannot be read. */
  constructor(home: string, own: Uint8Array) {
    this.#home = home;
    this.#own = own;
    this.#named = readKeys(home);
  }

  /** The key of this name, 32 bytes; undefined when there is none. */
  keyOf(name: string): Uint8Array | undefined {
    return name === DEFAULT_KEY_NAME ? this.#own : this.#named.get(name);
  }

  /** Reads the files again. Returns the names that are no key any more, or another one. */
  renew(): readonly string[] {
    const before = this.#named;
    this.#named = readKeys(this.#home);
    return [...before].filter(([name, key]) => !isSame(key, this.#named.get(name))).map(([name]) => name);
  }
}

function isSame(key: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(key, other) === 0;
}
