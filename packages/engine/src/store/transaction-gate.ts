/** Says when a store may be read, written and opened: the rules that every implementation shares. */
import { StoreError } from './store-error.ts';

export class TransactionGate {
  #state: 'idle' | 'transaction' | 'closed' = 'idle';

  /** Runs `work` as the one transaction of this moment. @throws StoreError MISUSE inside another one, CLOSED. */
  run<T>(work: () => T): T {
    this.assertOutside('start a transaction');
    this.#state = 'transaction';
    try {
      return work();
    } finally {
      if (this.#state === 'transaction') this.#state = 'idle';
    }
  }

  /** A promise would be committed before its work is done. */
  refusePromise<T>(result: T): T {
    if (typeof (result as { then?: unknown } | null | undefined)?.then === 'function') {
      throw new StoreError('MISUSE', 'a transaction cannot wait: its work must not return a promise');
    }
    return result;
  }

  assertOpen(): void {
    if (this.#state === 'closed') throw new StoreError('CLOSED', 'the store is closed');
  }

  assertWritable(table: string): void {
    this.assertOpen();
    if (this.#state === 'transaction') return;
    throw new StoreError('MISUSE', `table "${table}" was written outside a transaction`);
  }

  assertOutside(what: string): void {
    this.assertOpen();
    if (this.#state === 'transaction') throw new StoreError('MISUSE', `cannot ${what} inside a transaction`);
  }

  /** @returns false when it was closed before. @throws StoreError MISUSE inside a transaction. */
  close(): boolean {
    if (this.#state === 'closed') return false;
    this.assertOutside('close the store');
    this.#state = 'closed';
    return true;
  }

  /** Closes whatever is going on, as the death of a process does. */
  kill(): void {
    this.#state = 'closed';
  }
}
