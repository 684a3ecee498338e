/**
 * Frees room on a disk that is nearly full: the oldest of a trash goes first, file by file. Only what came
 * from the server goes: what was written on the mirror, or of which nobody knows, may exist nowhere else.
 */
import { dayItems, type TrashItem, trashDays, type Unreadable } from './inventory.ts';
import { pruneItem } from './prune.ts';

export interface RoomRule {
  /** Bytes that are to be free. */
  readonly minFreeBytes: number;
  /** Bytes that have to be free for something that waits; 0 when nothing does. Less would help it nothing. */
  readonly missedBytes: number;
  /** What went to the trash less than this ago stays. */
  readonly minAgeMs: number;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

export interface RoomHost {
  /** Bytes that are free on the disk of the trash now. */
  freeBytes(): Promise<number>;
  /** Asked before each file. */
  mayGoOn(): boolean;
  readonly unreadable: Unreadable;
}

export interface RoomMade {
  readonly files: number;
  readonly bytes: number;
  /** When the first and the last of them went to the trash, milliseconds since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly freeBefore: number;
  readonly freeAfter: number;
  /** Bytes that were to be free. */
  readonly wantedBytes: number;
  /** All that may go would not be enough for what waits: nothing went for it. */
  readonly isTooLittle: boolean;
  /** Bytes of what would have had to go next, and stayed: too young, or written here. */
  readonly keptBytes: number;
}

/** Whether an item may go so that there is room. Pure. */
export function mayGoForRoom(
  { reason, isAlone, trashedMs }: TrashItem,
  { minAgeMs, nowMs }: RoomRule,
): boolean {
  return isAlone && (reason === 'deleted' || reason === 'replaced') && trashedMs <= nowMs - minAgeMs;
}

/**
 * Bytes that are to be free, and whether what waits is passed over, because all that may go would not be enough for it. Pure.
 * @param mayGoBytes of all that may go, or of as much of it as is enough
 */
export function roomWanted(
  { minFreeBytes, missedBytes }: RoomRule,
  freeBytes: number,
  mayGoBytes: number,
): { readonly wantedBytes: number; readonly isTooLittle: boolean } {
  const isTooLittle = freeBytes + mayGoBytes < missedBytes;
  return { isTooLittle, wantedBytes: isTooLittle ? minFreeBytes : Math.max(minFreeBytes, missedBytes) };
}

/**
 * Deletes until there is room, and never more in one call than what was lacking: on a disk with snapshots
 * nothing gets free by deleting, and the trash would be emptied for nothing.
 */
export async function makeRoom(trashDir: string, rule: RoomRule, host: RoomHost): Promise<RoomMade> {
  const freeBefore = await host.freeBytes();
  const mayGoBytes = await countMayGo(trashDir, rule, rule.missedBytes - freeBefore, host.unreadable);
  const wanted = roomWanted(rule, freeBefore, mayGoBytes);
  const lacking = wanted.wantedBytes - freeBefore;
  const nothing = { files: 0, bytes: 0, fromMs: 0, toMs: 0, keptBytes: 0 };
  const made = { ...nothing, ...wanted, freeBefore, freeAfter: freeBefore };
  if (lacking <= 0) return made;
  for (const day of await trashDays(trashDir)) {
    for (const item of await dayItems(trashDir, day, host.unreadable)) {
      const isEnough = made.freeAfter >= made.wantedBytes || made.bytes >= lacking;
      if (isEnough || !host.mayGoOn()) return made;
      if (!mayGoForRoom(item, rule)) {
        made.keptBytes += item.sizeBytes;
        continue;
      }
      if (!(await isDeleted(trashDir, item, rule.nowMs, host.unreadable))) continue;
      made.files += 1;
      made.bytes += item.sizeBytes;
      made.fromMs ||= item.trashedMs;
      made.toMs = item.trashedMs;
      made.freeAfter = await host.freeBytes();
    }
  }
  return made;
}

/** Bytes of what may go, counted until they are `enoughBytes`. */
async function countMayGo(
  trashDir: string,
  rule: RoomRule,
  enoughBytes: number,
  unreadable: Unreadable,
): Promise<number> {
  let bytes = 0;
  if (enoughBytes <= 0) return bytes;
  for (const day of await trashDays(trashDir)) {
    for (const item of await dayItems(trashDir, day, unreadable)) {
      if (mayGoForRoom(item, rule)) bytes += item.sizeBytes;
      if (bytes >= enoughBytes) return bytes;
    }
  }
  return bytes;
}

async function isDeleted(
  trashDir: string,
  item: TrashItem,
  nowMs: number,
  unreadable: Unreadable,
): Promise<boolean> {
  try {
    await pruneItem(trashDir, item, nowMs);
    return true;
  } catch (error) {
    const failure = error as NodeJS.ErrnoException;
    if (failure.code === undefined) throw error;
    unreadable(item.at, failure);
    return false;
  }
}
