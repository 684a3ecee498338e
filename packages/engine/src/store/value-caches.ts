/** The remembered values of all tables of one store. */
import type { TableOptions } from './port.ts';
import { ValueCache } from './value-cache.ts';

export class ValueCaches {
  readonly #caches = new Map<string, ValueCache<unknown>>();

  /** The one cache of a table; undefined for a table that remembers nothing. */
  of<V>(table: string, { isRemembered = false, rememberedValues }: TableOptions): ValueCache<V> | undefined {
    if (!isRemembered) return undefined;
    const cache = this.#caches.get(table) ?? new ValueCache<unknown>(rememberedValues);
    this.#caches.set(table, cache);
    return cache as ValueCache<V>;
  }

  /** A transaction was undone: what any of them holds may not be so. */
  clear(): void {
    for (const cache of this.#caches.values()) cache.clear();
  }
}
