/**
 * Starts a program that `npm run build` has bundled into one file. Beside it lies what V8 made of it then: to compile it
 * anew takes longer than most of what a person asks of it.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { constants, Script } from 'node:vm';

type Main = (require: NodeJS.Require, bundleUrl: string) => void;

/** Where the compiled code of a bundle is. */
export const compiledFileOf = (bundle: string): string => `${bundle}.compiled`;

/**
 * Runs the bundle at this absolute path. V8 looks whether the compiled code is its own and of a source like this one, and
 * compiles anew otherwise: after another version of Node was installed.
 *
 * @returns the script that runs, with the compiled code of all that has been called so far
 * @throws Error with code ENOENT when there is no bundle
 */
export function runBundled(bundle: string): Script {
  const cachedData = compiledCode(bundle);
  // All of it is ASCII (tests/house/bundle.test.ts): as such it is read in half the time.
  const script = new Script(readFileSync(bundle, 'latin1'), {
    filename: bundle,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData && { cachedData }),
  });
  const main = script.runInThisContext() as Main;
  main(createRequire(bundle), pathToFileURL(bundle).href);
  return script;
}

function compiledCode(bundle: string): Buffer | undefined {
  try {
    return readFileSync(compiledFileOf(bundle));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
