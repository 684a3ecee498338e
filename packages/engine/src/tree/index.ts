export * from './error.ts';
export * from './hash.ts';
export * from './local/index.ts';
export { mountPointsBelow } from './mount-table.ts';
export { mountedError } from './mounted-error.ts';
export * from './port.ts';
export * from './probe-traits.ts';
export * from './read-ahead.ts';
export * from './rereader.ts';
export { isSameDigest, RollCall } from './roll-call.ts';
export { isSameFile } from './same-file.ts';
export * from './trash/index.ts';
// What watches is entered by itself: a bundle takes all that is named here into each program.
export type { LossReason, TreeWatcher, WatcherFactory, WatchListener, WatchMode } from './watch/index.ts';
export { remoteFileSystemFor } from './watch/remote-file-system.ts';
export * from './zero-extent.ts';
