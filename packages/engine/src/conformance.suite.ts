/**
 * What another implementation of a port has to pass, in one place: `import { treeConformance } from
 * '@lanmirror/engine/conformance'` in a vitest file, and give it the tree, watcher or store. These are sources,
 * and no part of what is built: they need vitest and fast-check.
 */
export { describeStore, type StoreFixture } from './store/store-conformance.suite.ts';
export { type TreeUnderTest, treeConformance, UNUSUAL_NAMES } from './tree/tree-conformance.suite.ts';
export { type ConformanceOptions, watcherConformance } from './tree/watch/conformance.suite.ts';
export { connectionConformance, type Line } from './wire/connection-conformance.suite.ts';
