/** Whether the packages that are installed are those of the lock file. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Whether `npm ci` would change nothing below `root`. A lock file that is newer than what npm wrote down when it
 * installed may have been touched only, by a checkout to another branch and back: then the contents decide.
 */
export function isInstalled(root) {
  const lock = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (modifiedMs(installed) >= modifiedMs(lock)) return true;
  return isInstalledAs(packagesOf(lock), packagesOf(installed));
}

/**
 * Whether `installed`, the packages that npm installed by their places, is what `locked` asks for. Optional ones
 * may be missing: those for other platforms are.
 */
export function isInstalledAs(locked, installed) {
  const isAsLocked = ([place, one]) => {
    if (place === '') return true;
    const there = installed[place];
    return there === undefined ? one.optional === true : factsOf(there) === factsOf(one);
  };
  return (
    Object.keys(installed).every((place) => Object.hasOwn(locked, place)) &&
    Object.entries(locked).every(isAsLocked)
  );
}

/** What makes it this package, and what it needs. */
function factsOf({ version, integrity, link, dependencies, optionalDependencies }) {
  return JSON.stringify([version, integrity, link, sorted(dependencies), sorted(optionalDependencies)]);
}

function sorted(dependencies = {}) {
  return Object.entries(dependencies).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Nothing where the file is not there, or is no lock file. */
function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return {};
    throw error;
  }
}

/** When a file was changed last; 0 when there is none. */
export function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
