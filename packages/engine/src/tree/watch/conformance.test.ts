import { createChokidarWatcher } from './chokidar-watcher.ts';
import { watcherConformance } from './conformance.suite.ts';
import { createNativeWatcher } from './native-watcher.ts';

if (process.platform === 'linux')
  watcherConformance('native', createNativeWatcher, { allowedLosses: [], churn: 'wild' });

// Quick swaps of folders are beyond chokidar 6.0.0 on Linux: now and then it keeps watching a folder
// that is gone, even when it is started anew.
watcherConformance('chokidar', createChokidarWatcher, { allowedLosses: ['error'], churn: 'common' });
