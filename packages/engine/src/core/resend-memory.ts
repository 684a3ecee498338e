/**
 * What is remembered of files whose content was read because it changed: how often they were sent
 * again, and how long that took. A file that keeps changing is sent ever more rarely, so that a log
 * or a database does not take the whole line.
 */

/** The k-th resend waits at least this times 2^k, in milliseconds. */
const RESEND_STEP_MS = 10;
/** No resend waits longer, in milliseconds. */
export const RESEND_CAP_MS = 30_000;
/**
 * A path without a change for twice its wait, and for at least this long, starts anew, in milliseconds: a
 * document that is saved every few seconds is sent at once each time.
 */
export const RESEND_FORGET_MS = 2000;
/** Paths remembered at most; beyond it those without activity for longest are forgotten. */
const RESEND_PATHS = 10_000;

interface Resends {
  /** Transfers that ended; several of the same content (one to each client) count once. */
  readonly transfers: number;
  /** Content was read and its transfer has not ended. */
  readonly underWay: boolean;
  /** How long the last transfer took; with several of the same content, the longest. */
  readonly durationMs: number;
  readonly endedAt: number;
  readonly activeAt: number;
}

/** Times are milliseconds of one clock that never runs backwards. */
export class ResendMemory {
  /** By activity, the longest idle first. */
  readonly #paths = new Map<string, Resends>();
  readonly #limit: number;

  constructor(limit: number = RESEND_PATHS) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#paths.size;
  }

  /** `path` changed again. */
  changed(path: string, now: number): void {
    const known = this.#recall(path, now);
    if (known !== undefined) this.#remember(path, { ...known, activeAt: now });
  }

  /** Changed content of `path` is being read now. */
  read(path: string, now: number): void {
    const known = this.#recall(path, now) ?? { transfers: 0, durationMs: 0, endedAt: now };
    this.#remember(path, { ...known, underWay: true, activeAt: now });
  }

  /** A transfer ended. One of content that was not read for a change (a first copy) teaches nothing. */
  transferred(path: string, durationMs: number, now: number): void {
    const known = this.#paths.get(path);
    if (known === undefined) return;
    this.#remember(path, {
      transfers: known.transfers + (known.underWay ? 1 : 0),
      underWay: false,
      durationMs: known.underWay ? durationMs : Math.max(known.durationMs, durationMs),
      endedAt: now,
      activeAt: now,
    });
  }

  /**
   * The time before which changed content of `path` is not to be sent again. The first resend (k = 1)
   * waits for nothing; the k-th waits, from the end of the last transfer, as long as that took and at
   * least 10 ms x 2^k, but 30 s at most.
   */
  notBefore(path: string, now: number): number {
    const known = this.#recall(path, now);
    // The next transfer is the k-th resend, because the first transfer was no resend.
    const k = known?.transfers ?? 0;
    if (known === undefined || k < 2) return Number.NEGATIVE_INFINITY;
    return known.endedAt + waitMs(known);
  }

  forget(path: string): void {
    this.#paths.delete(path);
  }

  /** What is known of `from` is known of `to` now. Of two memories the one of more transfers is kept. */
  renamed(from: string, to: string): void {
    const moved = this.#paths.get(from);
    if (moved === undefined) return;
    this.#paths.delete(from);
    const there = this.#paths.get(to);
    this.#remember(to, there !== undefined && there.transfers > moved.transfers ? there : moved);
  }

  paths(): Iterable<string> {
    return this.#paths.keys();
  }

  #recall(path: string, now: number): Resends | undefined {
    const known = this.#paths.get(path);
    if (known === undefined || now - known.activeAt <= Math.max(RESEND_FORGET_MS, 2 * waitMs(known)))
      return known;
    this.#paths.delete(path);
    return undefined;
  }

  #remember(path: string, resends: Resends): void {
    this.#paths.delete(path);
    this.#paths.set(path, resends);
    if (this.#paths.size <= this.#limit) return;
    const oldest = this.#paths.keys().next();
    if (!oldest.done) this.#paths.delete(oldest.value);
  }
}

function waitMs({ transfers, durationMs }: Resends): number {
  return Math.min(RESEND_CAP_MS, Math.max(durationMs, RESEND_STEP_MS * 2 ** transfers));
}
