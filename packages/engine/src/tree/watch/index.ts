export { chooseWatcher, type WatchMode } from './choose-watcher.ts';
export type { LossReason, TreeWatcher, WatcherFactory, WatchListener } from './port.ts';
