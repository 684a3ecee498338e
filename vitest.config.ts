import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { SlowFirst } from './vitest.sequence.ts';

const source = (path: string) => fileURLToPath(new URL(`./packages/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: '@lanmirror/engine/conformance', replacement: source('engine/src/conformance.suite.ts') },
      { find: /^@lanmirror\/engine\/(\w+)$/, replacement: source('engine/src/$1/index.ts') },
      { find: /^@lanmirror\/(\w+)$/, replacement: source('$1/src/index.ts') },
    ],
  },
  test: {
    include: ['packages/**/src/**/*.test.ts', 'tests/**/*.test.ts', 'bench/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Most of the long ones wait, for programs of their own: two cores have time for a third.
    maxWorkers: 3,
    sequence: { sequencer: SlowFirst },
  },
});
