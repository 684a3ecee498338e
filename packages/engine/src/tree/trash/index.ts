/** What can be done with what is in the trash. */
export * from './inventory.ts';
export { type CleanedLook, JOURNAL, TRASH_REASONS, type TrashReason } from './journal.ts';
export { makeRoom, mayGoForRoom, type RoomMade, type RoomRule } from './make-room.ts';
export { MOUNTED_IN_TRASH } from './mounted.ts';
export { daysToPrune, pruneItem, pruneJournals, pruneTrash, type TrashRule } from './prune.ts';
export * from './restore.ts';
