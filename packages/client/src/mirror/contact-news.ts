/**
 * What a person is told of tries to connect that failed, and which of them no waiting cures. Decides, and says
 * nothing itself.
 */
import { displayName, type LogLine } from '@lanmirror/engine/host';
import { DialError } from '../session/dial.ts';
import { RefusedError } from '../session/link.ts';
import type { SourceWord } from '../source/source-word.ts';

/** Refusals that no waiting cures. */
const FINAL_REFUSALS = new Set(['version', 'no-such-root', 'no-such-share', 'bad-message']);
/** Of the tries after the first one in so many is told. */
const TOLD_EVERY = 10;

export class ContactNews {
  readonly #word: SourceWord;
  #retries = 0;
  #fault = '';
  #refusal: Error | undefined;

  /** `word`: what messages call the other end. */
  constructor(word: SourceWord) {
    this.#word = word;
  }

  /** Why the last try failed; '' when it did not, or none is wanted. */
  get fault(): string {
    return this.#fault;
  }

  /** Why there is no use in trying again; undefined when there is. */
  get refusal(): Error | undefined {
    return this.#refusal;
  }

  /** There is a session. */
  connected(): void {
    this.#retries = 0;
    this.#fault = '';
  }

  /** A session is over. `isEnded`: the other end meant it, and nothing was lost. */
  ended(why: string, isEnded: boolean): LogLine {
    const cause = why === '' || why === 'stopping' ? '' : ` (${displayName(why)})`;
    const what = isEnded ? `The ${this.#word} ended the session` : 'The connection was lost';
    return { level: 'warn', text: `${what}${cause}; connecting again.` };
  }

  /** No session is wanted for now. */
  rested(): void {
    this.#fault = '';
  }

  /**
   * A try failed, and the next follows after `retryMs`. At the first contact of a start an error that no waiting cures
   * is a {@link refusal}; later somebody may put it right. Returns the line about it; none of a refusal.
   */
  failed(error: Error, isFirstContact: boolean, retryMs: number): LogLine | undefined {
    if (isFirstContact && isFinal(error)) {
      this.#refusal = error;
      return undefined;
    }
    this.#retries += 1;
    this.#fault = displayName(error.message);
    const isTold = this.#retries === 1 || this.#retries % TOLD_EVERY === 0;
    return {
      level: isTold ? 'warn' : 'debug',
      text: `No connection to the ${this.#word}: ${this.#fault}; trying again in ${Math.ceil(retryMs / 1000)} s.`,
    };
  }
}

function isFinal(error: Error): boolean {
  if (error instanceof DialError) return error.fault === 'key';
  return error instanceof RefusedError && FINAL_REFUSALS.has(error.refusal.code);
}
