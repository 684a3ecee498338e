import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { SlowFirst } from './vitest.sequence.ts';

const source = (path: string) => fileURLToPath(new URL(`./packages/${path}`, import.meta.url));

const UNIT = ['packages/**/src/**/*.test.ts', 'bench/**/*.test.ts', 'tests/house/**/*.test.ts'];
const WHOLE = [
  'tests/conformance/**/*.test.ts',
  'tests/end-to-end/**/*.test.ts',
  'tests/simulation/**/*.test.ts',
];
/** They put something in the place of a module, or look at one that nobody has loaded yet. */
const REPLACING = [
  'packages/engine/src/host/configuration-look.test.ts',
  'packages/engine/src/host/lock-on-plain-disk.test.ts',
  'packages/engine/src/tree/hash.test.ts',
  'packages/engine/src/tree/local/kept-copy.test.ts',
  'packages/engine/src/tree/trash/restore-on-plain-disk.test.ts',
];

// Node reads every certificate that is named here whenever it starts, before anything else, and the tests start it more
// than a thousand times. No program of ours trusts any.
delete process.env.NODE_EXTRA_CA_CERTS;

/**
 * The whole product runs in one process here, all of it a little and nothing for long: V8 optimizes less, and later, than it
 * would, which takes more processor time than it saves. Later Nodes do not know the second of these, and refuse to start.
 */
const FLAT_CODE = process.version.startsWith('v20.')
  ? ['--always-sparkplug', '--interrupt-budget=400000']
  : [];

export default defineConfig({
  resolve: {
    alias: [
      { find: '@lanmirror/engine/conformance', replacement: source('engine/src/conformance.suite.ts') },
      { find: /^@lanmirror\/engine\/(\w+)$/, replacement: source('engine/src/$1/index.ts') },
      { find: /^@lanmirror\/(\w+)$/, replacement: source('$1/src/index.ts') },
    ],
  },
  test: {
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    setupFiles: [fileURLToPath(new URL('./vitest.setup.ts', import.meta.url))],
    // Most of the long ones wait, for programs of their own: two cores have time for two more.
    maxWorkers: 4,
    sequence: { sequencer: SlowFirst },
    projects: [
      // To load the same modules anew for each of so many small files takes longer than their tests.
      { extends: true, test: { name: 'unit', include: UNIT, exclude: REPLACING, isolate: false } },
      { extends: true, test: { name: 'whole', include: WHOLE, isolate: false, execArgv: FLAT_CODE } },
      { extends: true, test: { name: 'alone', include: REPLACING } },
    ],
  },
});
