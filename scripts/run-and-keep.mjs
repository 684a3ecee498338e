/** `node run-and-keep.mjs BUNDLE ARGS...`: runs a program, and writes what V8 has compiled of it when it ends. */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import v8 from 'node:v8';

const [node, , bundle, ...args] = process.argv;
const { compiledFileOf, runBundled } = createRequire(import.meta.url)(join(dirname(bundle), 'start.cjs'));

// Compiled code is only good for the flags that V8 has as it compiled: a program changes some when it runs.
v8.setFlagsFromString = () => undefined;
process.argv = [node, bundle, ...args];
const script = runBundled(bundle);
process.once('exit', () => writeFileSync(compiledFileOf(bundle), script.createCachedData()));
