/** A tree that is published: its nodes are known by number only where their disk keeps numbers. */
import type { ReadHandle, Stat } from '../port.ts';
import { LocalSource } from './local-source.ts';
import { NodeNumbers } from './node-number.ts';

export class PublishedSource extends LocalSource {
  readonly #numbers = new NodeNumbers();

  override rootStat(): Stat | undefined {
    return this.#proven(super.rootStat());
  }

  override stat(path: string): Stat | undefined {
    return path === '' ? this.rootStat() : this.#proven(super.stat(path));
  }

  /** Where a number says nothing of which node it is, a glance proves nothing: there it is a stat. */
  override glance(path: string): Stat | undefined {
    const seen = super.glance(path);
    return seen === undefined || this.#numbers.areKept(seen.dev) ? seen : this.stat(path);
  }

  override open(path: string): ReadHandle {
    const file = super.open(path);
    return {
      opened: this.#numbers.proven(file.opened),
      stat: () => this.#numbers.proven(file.stat()),
      readSync: (...range) => file.readSync(...range),
      read: (...range) => file.read(...range),
      close: () => file.close(),
    };
  }

  #proven(stat: Stat | undefined): Stat | undefined {
    return stat && this.#numbers.proven(stat);
  }
}
