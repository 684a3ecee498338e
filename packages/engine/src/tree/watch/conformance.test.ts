import { createChokidarWatcher } from './chokidar-watcher.ts';
import { watcherConformance } from './conformance.suite.ts';
import { createNativeWatcher } from './native-watcher.ts';

if (process.platform === 'linux') watcherConformance('native', createNativeWatcher);
watcherConformance('chokidar', createChokidarWatcher, ['error']);
