/** What a person is told while the record of what was cleaned cannot be relied on. Owns since when, and what was told. */
import type { Clock } from '@lanmirror/engine/core';
import type { Problem } from '../apply/problem-list.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { type CleanedRecord, RECORD_PATH } from './cleaned-record.ts';

export class RecordTrouble {
  readonly #record: CleanedRecord;
  readonly #clock: Clock;
  readonly #state: Pick<MirrorState, 'meta'>;
  #sinceMs: number | undefined;
  #said = '';

  constructor(record: CleanedRecord, clock: Clock, state: Pick<MirrorState, 'meta'>) {
    this.#record = record;
    this.#clock = clock;
    this.#state = state;
  }

  /** The record, while it is a problem. It is looked at again: somebody may have mended it. */
  get problems(): readonly Problem[] {
    const message = this.#record.lookAgain();
    if (message === '') this.#sinceMs = undefined;
    if (message === '') return [];
    this.#sinceMs ??= this.#clock.wallMs();
    const facts = { id: this.#state.meta.rootId, path: RECORD_PATH, code: 'CLEANED_RECORD', attempts: 1 };
    return [{ ...facts, message, sinceMs: this.#sinceMs, nextTryMs: undefined, isTold: true }];
  }

  /** Those that nobody was told of yet, and whether there are no more of those that were told. */
  news(): { readonly problems: readonly Problem[]; readonly isOver: boolean } {
    const { problems } = this;
    const before = this.#said;
    this.#said = problems[0]?.message ?? '';
    return {
      problems: this.#said === before ? [] : problems,
      isOver: before !== '' && problems.length === 0,
    };
  }
}
