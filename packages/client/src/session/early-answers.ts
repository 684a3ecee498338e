/**
 * Contents that are asked for as soon as a file is told, before this end has saved and planned what it was told: the
 * answer travels meanwhile, and a live file is in its place so much earlier.
 *
 * Owns these answers until somebody asks for the same: few of them, for a moment. What was asked for in vain is dropped,
 * and comes anew when it is wanted later. Everything is over with the session.
 */
import type { Clock } from '@lanmirror/engine/core';
import type { FetchItem, RecordKind, SourceEntry } from '@lanmirror/protocol';
import type { Fetcher, RunningFetch, Sink } from './fetcher.ts';

/** So many wait at once at most; more are no live change, and travel better together. */
const MOST_ASKED = 8;
/** Whoever asks later wants to know what the source has then. */
const KEPT_MS = 1000;

/** Keeps what comes for a file until it is known into what. */
class Answer {
  readonly #records: { readonly kind: RecordKind; readonly payload: Uint8Array }[] = [];
  #sink: Sink | undefined;

  readonly take: Sink = (kind, payload) => {
    if (this.#sink !== undefined) return this.#sink(kind, payload);
    this.#records.push({ kind, payload });
    return undefined;
  };

  /** From now on all goes to `sink`, first what came already. Returns what that is still busy with. */
  giveTo(sink: Sink): Promise<void>[] {
    this.#sink = sink;
    return this.#records.splice(0).flatMap(({ kind, payload }) => sink(kind, payload) ?? []);
  }
}

interface Asked {
  readonly version: number;
  readonly askedMs: number;
  readonly answer: Answer;
  readonly running: RunningFetch;
}

export class EarlyAnswers {
  readonly #fetcher: Pick<Fetcher, 'fetch'>;
  readonly #clock: Pick<Clock, 'nowMs'>;
  /** By the id of the file; what was asked first comes first. */
  readonly #asked = new Map<number, Asked>();

  constructor(fetcher: Pick<Fetcher, 'fetch'>, clock: Pick<Clock, 'nowMs'>) {
    this.#fetcher = fetcher;
    this.#clock = clock;
  }

  /** Asks for these files, of which nothing is here; for none of them when there are too many. */
  ask(files: readonly Pick<SourceEntry, 'id' | 'version'>[]): void {
    this.#dropOld();
    if (this.#asked.size + files.length > MOST_ASKED) return;
    for (const { id, version } of files) {
      this.#drop(id);
      this.#asked.set(id, this.#begin(id, version));
    }
  }

  /**
   * Gives what comes, and came already, of these items to their sinks, if all of them were asked for lately, and as they
   * are now. Undefined when not: then nothing is given.
   */
  take(items: readonly FetchItem[], sinks: readonly Sink[]): RunningFetch | undefined {
    this.#dropOld();
    const asked = items.map((item) => this.#askedAs(item));
    if (!asked.every((one) => one !== undefined)) return undefined;
    for (const { id } of items) this.#asked.delete(id);
    const given = asked.flatMap(({ answer }, at) => answer.giveTo(sinks[at] as Sink));
    const done = Promise.all([...asked.map(({ running }) => running.done), ...given]);
    const cancel = (): void => {
      for (const { running } of asked) running.cancel();
    };
    return { done: done.then(() => undefined), cancel };
  }

  #begin(id: number, version: number): Asked {
    const answer = new Answer();
    const item: FetchItem = { id, version, offset: 0, hash: null, baseBytes: 0 };
    const running = this.#fetcher.fetch([item], [answer.take]);
    // Whoever takes it hears of a lost connection; nobody else has to.
    running.done.catch(() => undefined);
    return { version, askedMs: this.#clock.nowMs(), answer, running };
  }

  /** What was offered is compared by the server, which was not asked to. */
  #askedAs({ id, version, offset, baseBytes }: FetchItem): Asked | undefined {
    const asked = this.#asked.get(id);
    return asked?.version === version && offset === 0 && baseBytes === 0 ? asked : undefined;
  }

  #dropOld(): void {
    const oldMs = this.#clock.nowMs() - KEPT_MS;
    for (const [id, { askedMs }] of this.#asked) {
      if (askedMs > oldMs) return;
      this.#drop(id);
    }
  }

  #drop(id: number): void {
    this.#asked.get(id)?.running.cancel();
    this.#asked.delete(id);
  }
}
