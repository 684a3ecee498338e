import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compiledFileOf, runBundled } from './bundled-program.ts';

let folder: string;
let bundle: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanmirror-bundle-'));
  bundle = join(folder, 'main.cjs');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program that shows `text`, and what it was given. */
const write = (text: string): void =>
  writeFileSync(
    bundle,
    `(function (require, bundleUrl) { const show = () => ['${text}', require('node:path').sep, bundleUrl];
      globalThis.shownByBundle = show(); })`,
  );

/** What a start shows, and whether V8 had to do without the compiled code that is there. */
function start(): { shown: unknown; isCompiledAnew: boolean | undefined; compiled: Buffer } {
  const script = runBundled(bundle);
  const { shownByBundle: shown } = globalThis as { shownByBundle?: unknown };
  Reflect.deleteProperty(globalThis, 'shownByBundle');
  return { shown, isCompiledAnew: script.cachedDataRejected, compiled: script.createCachedData() };
}

test('a bundle runs with what it needs, and what was compiled of it is used by the next start', () => {
  write('first');
  const shown = ['first', sep, pathToFileURL(bundle).href];
  const { compiled, ...first } = start();
  expect(first).toEqual({ shown, isCompiledAnew: undefined });
  writeFileSync(compiledFileOf(bundle), compiled);
  expect(start()).toMatchObject({ shown, isCompiledAnew: false });
});

test.each([
  ['of another bundle', (compiled: Buffer) => compiled],
  ['that was cut short', (compiled: Buffer) => compiled.subarray(0, 200)],
  ['that is empty', () => Buffer.alloc(0)],
])('compiled code %s is not used', (what, harm) => {
  write('another one');
  const { compiled } = start();
  // What a process has compiled once it knows by itself.
  const text = `this, with compiled code ${what}`;
  write(text);
  writeFileSync(compiledFileOf(bundle), harm(compiled));
  expect(start()).toMatchObject({ shown: expect.arrayContaining([text]), isCompiledAnew: true });
});

test('without a bundle there is an error that says so', () => {
  expect(() => runBundled(bundle)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});
