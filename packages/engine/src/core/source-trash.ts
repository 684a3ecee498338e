/**
 * What becomes of a file in the trash of a source that is cleaned: it may be the only copy, so it is deleted only when all
 * is known that speaks for it. Pure.
 */
import type { NodeSight } from './clean-source.ts';
import { microseconds } from './node-identity.ts';

/** How a file looks, as far as it was written down. */
export interface FileLook {
  readonly sizeBytes: number;
  readonly mtimeUs: number;
}

export interface TrashedFile {
  /** What was written down when it came; undefined when that is not known. `ageMs`: by the clock of what is kept. */
  readonly taken: (FileLook & { readonly ageMs: number }) | undefined;
  /** It came with its folder: when anything in that had been written last, microseconds since 1970. */
  readonly lastWrittenUs?: number | undefined;
  /** When it came, milliseconds since 1970. */
  readonly trashedMs: number;
  /** How it looks now. */
  readonly now: NodeSight;
  /** The rows of the target that are about its content, and what stands there now; asked only when it matters. */
  copies(): readonly { readonly row: FileLook; readonly there: NodeSight | undefined }[];
}

export interface TrashTime {
  /** How long it stays; 0: for ever. */
  readonly keepMs: number;
  /** Milliseconds since 1970. */
  readonly wallMs: number;
  /** By the clock of what is kept. */
  readonly ageMs: number;
}

/**
 * `go`: it may be deleted. `later`: its time is not over. `anew`: the clock by which it came was lost with the state, and
 * its time begins now. `written`: somebody wrote to it after it was taken.
 */
export type TrashedVerdict = 'go' | 'later' | 'anew' | 'written' | TrashStay;

/** Why a file stays whose time is over. */
export type TrashStay = 'NOT_NOTED' | 'NO_ROW' | 'NO_COPY';

export const TRASH_STAYS: Readonly<Record<TrashStay, string>> = {
  NOT_NOTED: 'nothing says that the target has it',
  NO_ROW: 'the target does not note this content as cleaned any more',
  NO_COPY: 'its copy on the target is not there, or not as it was',
};

/** Both clocks have to say that its time is over: the one on the wall may be set, the other begins anew with lost state. */
export function judgeTrashed(file: TrashedFile, { keepMs, wallMs, ageMs }: TrashTime): TrashedVerdict {
  const { taken, trashedMs, copies } = file;
  if (isWritten(file)) return 'written';
  if (keepMs === 0) return 'later';
  // Another mirror may have taken it, by its own clock.
  if (taken !== undefined && taken.ageMs > ageMs) return isHere(taken, copies()) ? 'anew' : 'later';
  if (!(wallMs - trashedMs >= keepMs)) return 'later';
  if (taken === undefined) return 'NOT_NOTED';
  if (!(ageMs - taken.ageMs >= keepMs)) return 'later';
  const known = copies();
  if (known.length === 0) return 'NO_ROW';
  return isHere(taken, known) ? 'go' : 'NO_COPY';
}

function isWritten({ taken, lastWrittenUs, now }: TrashedFile): boolean {
  if (taken !== undefined) return !isLike(now, taken);
  return lastWrittenUs !== undefined && microseconds(now.mtimeNs) > lastWrittenUs;
}

function isHere({ sizeBytes }: FileLook, known: ReturnType<TrashedFile['copies']>): boolean {
  return known.some(
    ({ row, there }) => row.sizeBytes === sizeBytes && there !== undefined && isLike(there, row),
  );
}

function isLike(now: NodeSight, { sizeBytes, mtimeUs }: FileLook): boolean {
  return now.kind === 'file' && now.sizeBytes === sizeBytes && microseconds(now.mtimeNs) === mtimeUs;
}
