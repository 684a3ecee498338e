/**
 * What was said last of being in sync, and what is to be said now: each sentence once, and again when it was not
 * true meanwhile. Decides, and says nothing itself.
 */
import type { FingerprintComparison } from '@lanmirror/engine/core';
import type { LogLevel, LogLine } from '@lanmirror/engine/host';

/** What stands behind a sentence that was said before, for who wants to know more. */
export interface SyncDetail {
  /** Bytes of file contents received in this run. */
  readonly contentBytes: number;
  /** Lines about the fingerprint of the target; asked for when the sentence is the first since a loss of it. */
  fingerprint(): readonly string[];
}

export class SyncNews {
  /** '' when nothing is said to be in sync. */
  #said = '';
  #sequence = -1;
  #lastProof: FingerprintComparison = 'unknown';

  /** Of the sentence that stands; -1 before there was one. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Whether a sentence stands that is not this one. */
  isOtherThan(text: string): boolean {
    return this.#said !== '' && this.#said !== text;
  }

  /** `text` is the truth as of `sequence`. Returns what is to be said of it. */
  inSync(text: string, sequence: number, { contentBytes, fingerprint }: SyncDetail): LogLine[] {
    const proof = this.#said === '' ? fingerprint() : [];
    const isSaid = text === this.#said;
    this.#said = text;
    this.#sequence = sequence;
    const detail = `${text} (sequence ${sequence}, content received: ${contentBytes} bytes)`;
    return [
      ...proof.map((line): LogLine => ({ level: 'info', text: line })),
      isSaid ? { level: 'debug', text: detail } : { level: 'info', text },
    ];
  }

  /** Nobody knows any more whether the mirror is like the source. */
  unsay(): void {
    this.#said = '';
  }

  /**
   * What the fingerprints prove now. Returns how loud that is to be said: each proof once, and again when the other
   * one was told meanwhile; undefined when they prove nothing.
   */
  compared(comparison: FingerprintComparison): LogLevel | undefined {
    if (comparison !== 'identical' && comparison !== 'differs') return undefined;
    const isTold = comparison === this.#lastProof;
    this.#lastProof = comparison;
    if (isTold) return 'debug';
    return comparison === 'differs' ? 'warn' : 'info';
  }
}
