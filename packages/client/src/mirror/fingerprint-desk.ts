/**
 * The fingerprints of target and source beside each other: tells the server the one, hears the other, and
 * says what they prove. Kept in memory: each session begins anew. A mirror with rules of its own, or one that passes over
 * differences, need not have all that the server has: a difference proves nothing then, and the server is not told the code.
 * What is passed over is known by name, so that a walk can still look for what differs beside it.
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
    link?.applied(this.#isWhole ? own : { sequence, ...NO_CODE }, problems);
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
    return comparison === 'identical' || this.#isWhole ? comparison : 'unknown';
  }

  /**
   * Names the two codes where they differ for what is passed over, and perhaps for more; '' where that is not so, or
   * where more will be known of the contents.
   */
  get unexplained(): string {
    const { meta, ownRules, passedOver } = this.#state;
    const [own, server] = [this.#own, this.#server];
    if (own === undefined || server === undefined || own.sequence !== server.sequence) return '';
    if (!ownRules.isEmpty || passedOver.count === 0 || server.unknown > 0) return '';
    const isFinal = own.unknown === 0 || !meta.compare.includes('hash');
    return isFinal && (own.unknown > 0 || own.code !== server.code) ? `${own.code} ${server.code}` : '';
  }

  /** All that the server has is to be here, as it has it. */
  get #isWhole(): boolean {
    return this.#state.ownRules.isEmpty && this.#state.passedOver.count === 0;
  }
}

function isSame(a: FingerprintAt, b: FingerprintAt): boolean {
  return a.sequence === b.sequence && a.code === b.code && a.unknown === b.unknown;
}
