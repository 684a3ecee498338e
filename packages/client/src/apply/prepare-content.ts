/**
 * What is asked of the server for a file, and what it comes into: looks at the target, offers what it holds, and sees
 * that there is room. Fetches nothing, and changes nothing on the target.
 *
 * Owns the room that is set aside for large files on their way; a kill gives it back.
 */
import { type StagedFile, TreeError } from '@lanmirror/engine/tree';
import { SMALL_FILE_BYTES, type SourceEntry } from '@lanmirror/protocol';
import { isDoubtful } from '../plan/doubt.ts';
import type { PlacedEntry } from '../state/placement.ts';
import type { Arena } from './arena.ts';
import { type BaseHost, findBase } from './base.ts';
import type { IncomingFile } from './incoming-file.ts';
import { IncomingLargeFile } from './incoming-large.ts';
import { IncomingSmallFile } from './incoming-small.ts';
import { offerFor } from './offer.ts';
import type { ContentPlacer, Prepared } from './place-content.ts';
import type { Claim, Room } from './room.ts';

const PROGRESS_BYTES = 1 << 20;

export interface PrepareHost extends BaseHost {
  readonly room: Room;
  /** Knows which places and which offers turned out to be of no use. */
  readonly placer: Pick<ContentPlacer, 'isThoughtFree' | 'isUnreadable'>;
  /** Full mode: everything is sent again, whatever the target holds. */
  isForced(): boolean;
  /** The answer for this file is coming, and nothing can come of it any more. */
  abandon(id: number): void;
}

/** What the files that are fetched together have in common. */
export interface Company {
  /** Memory for the contents of small ones. */
  readonly arena: Arena;
  /** Folders that were looked into for them. */
  readonly entered: Set<number>;
}

export class ContentPreparer {
  readonly #host: PrepareHost;
  /** Room that is set aside, by the id of the large file that it is for. */
  readonly #claims = new Map<number, Claim>();

  constructor(host: PrepareHost) {
    this.#host = host;
  }

  /**
   * What to ask for, and what the target can offer; undefined when there is nothing to fetch. Throws TreeError when
   * the file cannot be fetched now: `ABSENT` while its folder is not there, NO_SPACE without room for it.
   */
  async prepare(id: number, { arena, entered }: Company): Promise<Prepared | undefined> {
    const { target, isForced } = this.#host;
    const entry = target.wanted(id);
    if (entry?.kind !== 'file') return undefined;
    const before = target.state.baseline.get(id);
    if (this.#isThere(entry) && !isForced()) return undefined;
    const path = target.placeOf(entry);
    if (path === undefined) {
      // Its folder moved just now, or failed: that is noted at the folder.
      throw new TreeError(
        'ABSENT',
        target.state.view.pathOf(id) ?? entry.name,
        'its folder is not there yet',
      );
    }
    const isFree = !isForced() && before === undefined && this.#isFree(entry, path, entered);
    // Nothing is fetched for a place that is not to be had: no look at the target would change that.
    if (!isFree) target.refuseLeftAlone(path, target.occupantOf(entry));
    if (!isFree) target.refuseCleaned(path, entry);
    if (!isFree && target.isUnjudged(id, path, before ?? target.occupantOf(entry))) return undefined;
    const isSmall = entry.sizeBytes <= SMALL_FILE_BYTES;
    const file = isSmall
      ? await this.#small(entry, path, isFree, arena)
      : await this.#large(entry, path, isFree);
    return { file, path, isFree };
  }

  /** The file came, or does not come any more: its room is not set aside any longer. */
  release(id: number): void {
    this.#claims.get(id)?.release();
    this.#claims.delete(id);
  }

  /** Whether the target has this version, by a proof. */
  #isThere({ id, version }: PlacedEntry): boolean {
    const before = this.#host.target.state.baseline.get(id);
    return before?.version === version && !isDoubtful(before);
  }

  /** A folder that somebody closed is not opened for what is new in it: one look into each folder of a unit tells. */
  #isFree(entry: PlacedEntry, path: string, entered: Set<number>): boolean {
    const { placer, target } = this.#host;
    if (!placer.isThoughtFree(entry)) return false;
    const isEntered = entered.has(entry.parentId);
    entered.add(entry.parentId);
    return isEntered || target.tree.stat(path) === undefined;
  }

  /** Whether what is here of it may be of use. */
  #mayOffer({ id }: SourceEntry): boolean {
    return !this.#host.isForced() && !this.#host.placer.isUnreadable(id);
  }

  async #small(entry: PlacedEntry, path: string, isFree: boolean, arena: Arena): Promise<IncomingFile> {
    const { target, room } = this.#host;
    const offer = !isFree && this.#mayOffer(entry) ? await offerFor(this.#host, entry, path) : undefined;
    const takeRoom = (): void => room.take(entry.id, path, entry.sizeBytes);
    // Of what stands here whole nothing may have to be written; without that all of it has.
    const mayNeedNone = offer?.sizeBytes === entry.sizeBytes;
    if (!mayNeedNone && !this.#isThere(entry)) takeRoom();
    const arriving = mayNeedNone ? takeRoom : (): void => undefined;
    return new IncomingSmallFile(entry, offer, { tree: target.tree, arena, arriving });
  }

  async #large(entry: SourceEntry, path: string, isFree: boolean): Promise<IncomingFile> {
    const { target } = this.#host;
    const partial = target.tree.openStaged(target.stagedName(entry));
    const isOffered = this.#mayOffer(entry) && !(isFree && partial === undefined);
    const base = isOffered ? await findBase(this.#host, entry, path, partial) : undefined;
    // Of what is at its place nothing may have to be written; without that all of it has.
    const stagedBytes = partial?.sizeBytes() ?? 0;
    if (base?.path === undefined || partial !== undefined) this.#claimRoom(entry, path, partial);
    const shown = target.shownPath(entry.id, path);
    const host = {
      tree: target.tree,
      stagedName: (of: SourceEntry) => target.stagedName(of),
      progress: (of: SourceEntry, done: number) => {
        this.#claims.get(of.id)?.written(done - stagedBytes);
        if (of.sizeBytes > PROGRESS_BYTES) target.report.copying(shown, done, of.sizeBytes);
      },
      staging: (of: SourceEntry) => this.#stagingBegins(of, path),
    };
    return new IncomingLargeFile(entry, base, host, partial);
  }

  /** Its answer is coming already: without room what comes of it is of no use. */
  #stagingBegins(entry: SourceEntry, path: string): void {
    if (this.#claims.has(entry.id)) return;
    try {
      this.#claimRoom(entry, path, undefined);
    } catch (error) {
      this.#host.abandon(entry.id);
      throw error;
    }
  }

  /** Throws TreeError NO_SPACE; what an interruption left of the file is kept then. */
  #claimRoom(entry: SourceEntry, path: string, partial: StagedFile | undefined): void {
    const bytes = Math.max(0, entry.sizeBytes - (partial?.sizeBytes() ?? 0));
    try {
      this.#claims.set(entry.id, this.#host.room.claim(entry.id, path, bytes));
    } catch (error) {
      partial?.keep();
      throw error;
    }
  }
}
