export type { Absence } from './disk.ts';
export { type ChangeOperation, Crash, type LookOperation, type PlannedFailure } from './fault.ts';
export { createMemoryTree, type MemoryTree } from './memory-tree.ts';
export { MemoryWatcher } from './memory-watcher.ts';
export type { MemoryTreeOptions } from './option.ts';
export type { SnapshotEntry } from './snapshot.ts';
export type { Trashed } from './trash.ts';
export type { MemoryUser } from './user.ts';
