import { createChokidarWatcher } from './chokidar-watcher.ts';
import { watcherConformance } from './conformance.suite.ts';
import { createGapWatcher } from './gap-watcher.ts';
import { createNativeWatcher } from './native-watcher.ts';
import { PollingWatcher } from './polling-watcher.ts';

if (process.platform === 'linux')
  watcherConformance('native', createNativeWatcher, { allowedLosses: [], churn: 'wild' });

if (process.platform === 'linux') {
  const gaps = createGapWatcher({ events: createNativeWatcher, isLimitOfAll: false });
  watcherConformance('native with its gaps looked through', gaps, { allowedLosses: [], churn: 'wild' });
}

watcherConformance('polling', (root, listener) => new PollingWatcher(root, listener, { everyMs: 20 }), {
  allowedLosses: [],
  churn: 'wild',
  isPolling: true,
});

// Quick swaps of folders are beyond chokidar 6.0.0 on Linux: now and then it keeps watching a folder
// that is gone, even when it is started anew.
watcherConformance('chokidar', createChokidarWatcher, { allowedLosses: ['error'], churn: 'common' });
