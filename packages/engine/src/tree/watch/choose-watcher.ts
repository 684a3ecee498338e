import { createChokidarWatcher } from './chokidar-watcher.ts';
import { createNativeWatcher } from './native-watcher.ts';
import type { WatcherFactory } from './port.ts';

/** The values of the setting `Watch` that name a watcher. */
export const WATCH_MODES = ['auto', 'native', 'chokidar'] as const;
export type WatchMode = (typeof WATCH_MODES)[number];

/**
 * The watcher for a setting: `auto` is the native one on Linux and chokidar elsewhere. Throws an
 * Error with a sentence for the user when `native` is asked for on a platform that does not have it.
 */
export function chooseWatcher(mode: WatchMode, platform: NodeJS.Platform = process.platform): WatcherFactory {
  if (mode === 'chokidar') return createChokidarWatcher;
  if (platform === 'linux') return createNativeWatcher;
  if (mode === 'auto') return createChokidarWatcher;
  throw new Error(`Watch = native works on Linux only; on ${platform} use Watch = auto or Watch = chokidar`);
}
