export { createChokidarWatcher } from './chokidar-watcher.ts';
export { chooseWatcher, WATCH_MODES, type WatchMode } from './choose-watcher.ts';
export { createNativeWatcher } from './native-watcher.ts';
export type { LossReason, TreeWatcher, WatcherFactory, WatchListener } from './port.ts';
