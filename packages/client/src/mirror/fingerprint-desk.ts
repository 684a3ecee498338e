/**
 * The fingerprints of target and source beside each other: tells the server the one, hears the other, and
 * says what they prove. Kept in memory: each session begins anew. A mirror with rules of its own need not have all that
 * the server has: a difference proves nothing then, and the server is not told the code.
 */
import { compareFingerprints, type FingerprintAt, type FingerprintComparison } from '@lanmirror/engine/core';
import type { SourceFingerprint } from '@lanmirror/protocol';
import type { Link } from '../session/link.ts';
import type { MirrorState } from '../state/mirror-state.ts';

const NO_CODE = { code: '', unknown: 0 };

export class FingerprintDesk {
  readonly #state: MirrorState;
  readonly #compared: (comparison: FingerprintComparison) => void;
  /** Of the target when it was in sync last, as the server was told. */
  #own: FingerprintAt | undefined;
  #toldProblems = 0;
  #server: FingerprintAt | undefined;

  /** `compared` is told of every comparison that may prove something else than the one before. */
  constructor(state: MirrorState, compared: (comparison: FingerprintComparison) => void) {
    this.#state = state;
    this.#compared = compared;
  }

  /** What was told in another session may be of another index. */
  sessionBegan(): void {
    this.#own = undefined;
    this.#server = undefined;
  }

  /** All up to `sequence` is applied and durable: tells the server, unless it knows all of it. */
  applied(link: Link | undefined, sequence: number, problems: number): void {
    const own: FingerprintAt = { sequence, ...(this.#state.fingerprint ?? NO_CODE) };
    const told = this.#own;
    const isTold = told !== undefined && problems === this.#toldProblems && isSame(told, own);
    if (isTold) return;
    this.#own = own;
    this.#toldProblems = problems;
    link?.applied(this.#state.ownRules.isEmpty ? own : { sequence, ...NO_CODE }, problems);
    this.#compared(this.comparison);
  }

  /** The server told its fingerprint. */
  heard({ sequence, code, unknown }: SourceFingerprint): void {
    this.#server = { sequence, code, unknown };
    this.#compared(this.comparison);
  }

  /** Of the mirrored folder at the server, as it told last in this session. */
  get server(): FingerprintAt | undefined {
    return this.#server;
  }

  get comparison(): FingerprintComparison {
    const comparison = compareFingerprints(this.#own, this.#server);
    return comparison === 'identical' || this.#state.ownRules.isEmpty ? comparison : 'unknown';
  }
}

function isSame(a: FingerprintAt, b: FingerprintAt): boolean {
  return a.sequence === b.sequence && a.code === b.code && a.unknown === b.unknown;
}
