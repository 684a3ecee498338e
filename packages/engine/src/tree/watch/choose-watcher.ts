import { createChokidarWatcher } from './chokidar-watcher.ts';
import { createGapWatcher } from './gap-watcher.ts';
import { createNativeWatcher } from './native-watcher.ts';
import { createPartWatcher } from './part-watcher.ts';
import { PollingWatcher } from './polling-watcher.ts';
import type { WatcherFactory } from './port.ts';
import { remoteFileSystem } from './remote-file-system.ts';

/** The values of the setting `Watch`. */
export type WatchMode = 'auto' | 'native' | 'chokidar' | 'poll';

/** How a tree is watched. */
export interface WatchPlan {
  readonly events: 'native' | 'chokidar' | 'none';
  /** What is looked through: folders that the events leave out, or all. */
  readonly looks: 'gaps' | 'all';
}

/**
 * The plan for a setting. `auto` takes the native watcher on Linux and chokidar elsewhere, and looks through
 * everything besides on a file system that others change.
 * @param remote name of that file system; undefined when it is local
 * @throws Error with a sentence for the user when `native` is asked for on a platform that does not have it
 */
export function planWatch(mode: WatchMode, platform: NodeJS.Platform, remote: string | undefined): WatchPlan {
  if (mode === 'poll') return { events: 'none', looks: 'all' };
  if (mode === 'native' && platform !== 'linux')
    throw new Error(
      `Watch = native works on Linux only; on ${platform} use Watch = auto or Watch = chokidar`,
    );
  const events = mode === 'chokidar' || platform !== 'linux' ? 'chokidar' : 'native';
  return { events, looks: mode === 'auto' && remote !== undefined ? 'all' : 'gaps' };
}

/**
 * The watcher for a setting. The file system is judged when the watcher is made, because until then its root may
 * wait to be mounted; those mounted inside it are looked at again and again.
 * @param pollMs pause between two looks through the whole tree, where that is done
 */
export function chooseWatcher(mode: WatchMode, pollMs: number): WatcherFactory {
  return (root, listener) => {
    const remote = mode === 'auto' && process.platform === 'linux' ? remoteFileSystem(root) : undefined;
    const { events, looks } = planWatch(mode, process.platform, remote);
    if (events === 'none') {
      const notice = (seconds: number): string =>
        `Watch = poll: all folders are looked through every ${seconds} s.`;
      return new PollingWatcher(root, listener, { everyMs: pollMs, notice });
    }
    const why = `The source is on ${remote}, which does not tell of changes made on other machines`;
    const whole = createGapWatcher({
      events: events === 'native' ? createNativeWatcher : createChokidarWatcher,
      isLimitOfAll: events === 'chokidar',
      ...(looks === 'all' && { deaf: { why, everyMs: pollMs } }),
    });
    const hasParts = mode === 'auto' && process.platform === 'linux' && looks === 'gaps';
    return (hasParts ? createPartWatcher({ whole, everyMs: pollMs }) : whole)(root, listener);
  };
}
