/** What every file of tests with simulated worlds needs before its first one, and puts back after its last. */
import { loadHash } from '@lanmirror/engine/tree';
import { afterAll, beforeAll } from 'vitest';
import { ignoreDeaths } from './unhandled.ts';

/** For the tests of the file that calls it. */
export function simulated(): void {
  let restore: (() => void) | undefined;
  beforeAll(async () => {
    await loadHash();
    restore = ignoreDeaths();
  });
  afterAll(() => restore?.());
}
