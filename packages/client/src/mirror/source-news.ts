/**
 * What the server says of itself between changes: what is remembered of it, and what of it is news to a person.
 * Decides, and says nothing itself.
 */
import { adviceFor } from '@lanmirror/engine/core';
import { displayName, type LogLine } from '@lanmirror/engine/host';
import type { ServerState, SourceProblem } from '@lanmirror/protocol';
import type { SourceWord } from '../source/source-word.ts';

/** Problems that are lines of their own. */
const MAX_LISTED = 20;

/** What concerns a person of a state that was told just now. */
export interface SourceTidings {
  /** The server waits with everything, or goes on: the line that says so. Undefined when that is as before. */
  readonly halt: LogLine | undefined;
  /** Problems that were not named yet; none while it scans. */
  readonly problems: readonly LogLine[];
}

export class SourceNews {
  readonly #word: SourceWord;
  readonly #isLeftOut: (path: string) => boolean;
  #state: ServerState | undefined;
  /** Problems that were named already, as code and path. */
  #named: ReadonlySet<string> = new Set();

  /**
   * `word`: what messages call the other end; a folder of this machine tells of its own problems itself.
   * `isLeftOut`: whether the rules of this mirror leave out what is at a path: no problem of it is told then.
   */
  constructor(word: SourceWord, isLeftOut: (path: string) => boolean) {
    this.#word = word;
    this.#isLeftOut = isLeftOut;
  }

  /** Why the server waits with everything; '' when it does not, or has not said so in this session. */
  get halt(): string {
    return this.#state?.halt ?? '';
  }

  /** Paths that may have contents and that the server could not read, as it told last: how many, and the first. */
  /** What the source told last of paths that it cannot publish: the first of them. */
  get problems(): readonly SourceProblem[] {
    return this.#state?.problems ?? [];
  }

  get unread(): { readonly count: number; readonly problems: readonly SourceProblem[] } {
    const { unreadCount = 0, problems = [] } = this.#state ?? {};
    const named = problems.slice(0, unreadCount);
    const concerned = named.filter(({ path }) => !this.#isLeftOut(path));
    return { count: unreadCount - named.length + concerned.length, problems: concerned };
  }

  /** Takes what the server says now. Returns what of it is to be told. */
  take(state: ServerState): SourceTidings {
    const { halt: before } = this;
    this.#state = state;
    return {
      halt: state.halt === before ? undefined : haltLine(this.#word, state.halt),
      problems: state.scanning || this.#word === 'source' ? [] : this.#problemLines(state),
    };
  }

  /** The session is over, and with it what the server said of itself. What was named stays named. */
  forget(): void {
    this.#state = undefined;
  }

  #problemLines({ problems, problemCount }: ServerState): LogLine[] {
    const named = this.#named;
    this.#named = new Set(problems.map(keyOf));
    const fresh = problems.filter((problem) => !named.has(keyOf(problem)) && !this.#isLeftOut(problem.path));
    const more = problemCount - Math.min(problems.length, MAX_LISTED);
    const texts = fresh.slice(0, MAX_LISTED).map(problemText);
    if (fresh.length > 0 && more > 0) texts.push(`... and ${more} more`);
    return texts.map((text) => ({ level: 'warn', text }));
  }
}

function keyOf({ path, code }: SourceProblem): string {
  return `${code} ${path}`;
}

function problemText({ path, code }: SourceProblem): string {
  const said = `${displayName(path)} (${code})`;
  if (code === 'damaged') return `Damaged on the server: ${said}: ${adviceFor(code).cause}`;
  if (code === 'ignore-kept') return `Mirrored by its earlier rules: ${said}: ${adviceFor(code).cause}`;
  return `Not mirrored by the server: ${said}`;
}

function haltLine(word: SourceWord, halt: string): LogLine {
  if (halt === '') return { level: 'info', text: `The ${word} goes on.` };
  return { level: 'error', text: `The ${word} waits: ${displayName(halt)}` };
}
