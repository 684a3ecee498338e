/**
 * Keeps some room on the disk of the trash: on a disk that is full nothing can be mirrored any more, and
 * what went to the trash long ago is worth less than what comes now.
 */
import { MOUNTED_IN_TRASH, makeRoom, type RoomMade, type Unreadable } from '@lanmirror/engine/tree';
import { localTime, sizeText } from '../control/plain-text.ts';
import { lineFor } from '../job/job-line.ts';

/** What went to the trash less than this ago always stays: a mistake is noticed by then, or it is not. */
const MIN_AGE_MS = 3_600_000;
const AUTO_BYTES = 1 << 30;
const AUTO_SHARE = 0.05;
const MAX_SHARE = 0.5;
/** After deleting has freed nothing, it is left alone for this long. */
const PAUSE_MS = 3_600_000;

export interface RoomKeeperHost {
  /** Whose trash it is; '' for the only mirror. */
  readonly job: string;
  readonly trashDir: string;
  /** TrashMinFree: bytes, or `auto`. */
  minFree(): number | 'auto';
  /** Bytes that would have to be free for what waits for room on this disk; 0 when nothing does. */
  missedBytes(): number;
  /** Whether something may be deleted for good now. */
  mayPrune(): boolean;
  wallMs(): number;
  /** Of the disk of a folder, in bytes. */
  space(dir: string): Promise<{ readonly totalBytes: number; readonly freeBytes: number }>;
  /** Told of what is mounted in the trash, each time that it is in the way. */
  mounted(path: string): void;
  note(text: string): void;
  warn(text: string): void;
}

/**
 * Bytes that are to be free on a disk of this size. Pure. `auto` is 1 GiB, but on a small disk a twentieth
 * of it; and nobody's number asks for more than half of a disk.
 */
export function minFreeBytes(wanted: number | 'auto', totalBytes: number): number {
  if (wanted === 'auto') return Math.min(AUTO_BYTES, Math.floor(totalBytes * AUTO_SHARE));
  return Math.min(wanted, Math.floor(totalBytes * MAX_SHARE));
}

export class RoomKeeper {
  readonly #host: RoomKeeperHost;
  /** Not before this, wall clock. */
  #pausedUntilMs = 0;
  #isLackSaid = false;
  /** What waits and for which the whole trash is too little: it is not counted anew before a while is over. */
  #tooMuch = { bytes: Number.POSITIVE_INFINITY, untilMs: 0 };

  constructor(host: RoomKeeperHost) {
    this.#host = host;
  }

  /** Looks at the disk, and deletes the oldest of the trash if there is too little room. */
  async look(): Promise<void> {
    const { trashDir, space, mayPrune, wallMs } = this.#host;
    const wanted = this.#host.minFree();
    const nowMs = wallMs();
    if (wanted === 0 || nowMs < this.#pausedUntilMs || !mayPrune()) return;
    try {
      const { totalBytes } = await space(trashDir);
      const rule = {
        minFreeBytes: minFreeBytes(wanted, totalBytes),
        missedBytes: this.#missedBytes(nowMs),
        ...{ minAgeMs: MIN_AGE_MS, nowMs },
      };
      const freeBytes = async (): Promise<number> => (await space(trashDir)).freeBytes;
      const made = await makeRoom(trashDir, rule, {
        ...{ freeBytes, mayGoOn: mayPrune, unreadable: this.#unreadable },
      });
      if (made.isTooLittle) this.#passOver(rule.missedBytes, made.freeBefore, nowMs);
      this.#tell(made, nowMs);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      // No trash yet, or its disk is not there: nothing to make room of.
      if (code !== 'ENOENT') this.#host.warn(`Room could not be made in the trash: ${message}`);
    }
  }

  readonly #unreadable: Unreadable = (path, { code }) =>
    code === MOUNTED_IN_TRASH
      ? this.#host.mounted(path)
      : this.#host.warn(`${path} in the trash could not be looked at or deleted (${code}).`);

  #missedBytes(nowMs: number): number {
    const bytes = this.#host.missedBytes();
    if (bytes === 0) this.#tooMuch = { bytes: Number.POSITIVE_INFINITY, untilMs: 0 };
    return nowMs < this.#tooMuch.untilMs && bytes >= this.#tooMuch.bytes ? 0 : bytes;
  }

  /** Said once for as much as it is about. */
  #passOver(bytes: number, freeBytes: number, nowMs: number): void {
    if (bytes !== this.#tooMuch.bytes)
      this.#host.warn(
        `${sizeText(bytes)} would have to be free for what waits for room, and ${sizeText(freeBytes)} are. All that may go from the trash would not be enough, so it stays.`,
      );
    this.#tooMuch = { bytes, untilMs: nowMs + PAUSE_MS };
  }

  #tell(made: RoomMade, nowMs: number): void {
    const { wantedBytes: minFree, freeBefore, freeAfter, files, bytes, fromMs, toMs, keptBytes } = made;
    if (files > 0) {
      const what = `${files} file${files === 1 ? '' : 's'}, ${sizeText(bytes)}, put there from ${localTime(fromMs)} to ${localTime(toMs)}`;
      this.#host.note(
        `Only ${sizeText(freeBefore)} were free on the disk of the trash (TrashMinFree: ${sizeText(minFree)}). Deleted for good, the oldest first: ${what}.`,
      );
    }
    if (freeAfter >= minFree) {
      this.#isLackSaid = false;
      return;
    }
    const isFutile = files > 0 && freeAfter - freeBefore < bytes / 10;
    if (isFutile) this.#pausedUntilMs = nowMs + PAUSE_MS;
    if (this.#isLackSaid && !isFutile) return;
    if (isFutile)
      this.#host.warn(
        'Deleting from the trash frees no room on this disk (snapshots?); nothing more is deleted for an hour.',
      );
    else if (keptBytes > 0)
      this.#host.warn(
        `Only ${sizeText(freeAfter)} are free. What is left in the trash (${sizeText(keptBytes)}) is younger than an hour or was written on this mirror, and stays: "${lineFor(this.#host.job, 'trash prune')}" deletes it.`,
      );
    this.#isLackSaid = !isFutile && keptBytes > 0;
  }
}
