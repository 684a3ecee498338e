/** What a change of the rules in the source did to what is published, for a person. */
import { listedText } from '../../core/index.ts';
import { displayName } from '../../host/index.ts';
import type { LeftOutPaths } from './rule-effect.ts';
import type { SourceFilter } from './source-filter.ts';

const MAX_NAMED = 5;

export interface RuleNewsHost {
  /** What is published now and would not be by this filter; `most` of it is named. */
  leftOutBy(filter: SourceFilter, most: number): Promise<LeftOutPaths>;
  isStopped(): boolean;
  note(level: 'info' | 'warn', text: string): void;
}

export class RuleNews {
  readonly #host: RuleNewsHost;
  /** That of the last opening that ended; undefined while none follows another. */
  #before: SourceFilter | undefined;
  #hidden = { count: 0, first: [] as string[] };
  #telling: Promise<void> = Promise.resolve();

  constructor(host: RuleNewsHost) {
    this.#host = host;
  }

  /** Another opening begins, after one with this filter. */
  begin(before: SourceFilter): void {
    this.#before ??= before;
  }

  /** These paths were published, and the rules of now leave them out; a folder ends with a slash. */
  leftOut(paths: readonly string[]): void {
    if (this.#before === undefined) return;
    this.#hidden.count += paths.length;
    this.#hidden.first.push(...paths.slice(0, MAX_NAMED - this.#hidden.first.length));
  }

  /** The first scan of the opening is over. */
  tell(): void {
    const [before, hidden] = [this.#before, this.#hidden];
    if (before === undefined) return;
    this.#before = undefined;
    this.#hidden = { count: 0, first: [] };
    const { leftOutBy, isStopped, note } = this.#host;
    this.#telling = leftOutBy(before, MAX_NAMED).then(
      (shown) => {
        if (!isStopped()) note('info', ruleNewsText(hidden, shown));
      },
      (error: unknown) => note('warn', `What the new rules do cannot be told: ${String(error)}`),
    );
  }

  /** Resolves when nothing is being found out. */
  done(): Promise<void> {
    return this.#telling;
  }
}

/** `hidden` was published and is not any more, `shown` the other way round. */
export function ruleNewsText(hidden: LeftOutPaths, shown: LeftOutPaths): string {
  const parts: string[] = [];
  if (hidden.count > 0)
    parts.push(
      `they hide ${named(hidden)}, and mirrors keep what they have of ${hidden.count === 1 ? 'it' : 'them'}`,
    );
  if (shown.count > 0) parts.push(`they show ${named(shown)}`);
  if (parts.length === 0)
    parts.push('nothing that was published is hidden by them, and nothing new is shown');
  return `The new rules of the source are in effect; ${parts.join('; ')}.`;
}

function named({ count, first }: LeftOutPaths): string {
  const names = first.map((path) => displayName(path));
  return `${count} ${count === 1 ? 'path' : 'paths'} (${listedText(names, count)})`;
}
