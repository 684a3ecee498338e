/**
 * Finds out what a target keeps of names, links, modes and times, by making a few files in its staging folder
 * and looking at what came of them. Nothing is left; what a kill leaves is swept by the next probe.
 */
import { type NameRule, PLAIN_NAMES, type TargetTraits } from '../core/index.ts';
import { TreeError, type TreeErrorCode } from './error.ts';
import type { StagedFile, WritableTree } from './port.ts';

const PREFIX = 'probe-';
/** A time with something in every digit, in an odd second. */
const MTIME_US = 1_700_000_003_987_654;
const MTIME_STEPS_US = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 2_000_000];
const MODE = 0o640;
const LONGEST = 255;
/** No file system has shorter ones; also the room that `PREFIX` needs. */
const SHORTEST = 12;

/** What says nothing about a name. */
const TROUBLES: ReadonlySet<TreeErrorCode> = new Set([
  'READ_ONLY',
  'NO_SPACE',
  'TOO_MANY_OPEN',
  'FLUSH_FAILED',
]);

/**
 * Asks the disk of a target; a few milliseconds on a local one.
 * @throws TreeError when nothing can be found out: the target cannot be written, or its disk is full
 */
export function probeTraits(tree: WritableTree): TargetTraits {
  for (const left of tree.listStaged()) if (left.startsWith(PREFIX)) tree.sweepStaged(left);
  const file = tree.createStaged(`${PREFIX}case`);
  try {
    const { keepsModes, mtimeStepUs } = metadataOf(file);
    const foldsCase = isThere(tree, `${PREFIX}CASE`);
    const foldsForm = foldsTheForm(tree);
    const isWindows = !holds(tree, `${PREFIX}<>:"|?*\\\u0001`) || !holds(tree, `${PREFIX}end.`);
    const names: NameRule = { foldsCase, foldsForm, isWindows, ...lengthOf(tree, foldsCase || isWindows) };
    return { names, hasLinks: hasLinks(tree), keepsModes, mtimeStepUs };
  } finally {
    file.discard();
  }
}

function metadataOf(file: StagedFile): Pick<TargetTraits, 'keepsModes' | 'mtimeStepUs'> {
  file.setMetadata({ mtimeUs: MTIME_US });
  const keepsModes = keepsMode(file);
  const { mtimeNs } = file.stat();
  const keptUs = Number(mtimeNs / 1000n);
  const step = MTIME_STEPS_US.find((one) => keptUs % one === 0 && Math.abs(keptUs - MTIME_US) < one);
  return { keepsModes, mtimeStepUs: step ?? 1 };
}

/** Some disks take any mode and keep none, others refuse to be given one. */
function keepsMode(file: StagedFile): boolean {
  try {
    file.setMetadata({ mode: MODE });
  } catch (error) {
    if (error instanceof TreeError && !TROUBLES.has(error.code)) return false;
    throw error;
  }
  return file.stat().mode === MODE;
}

function isThere(tree: WritableTree, name: string): boolean {
  const found = tree.openStaged(name);
  found?.keep();
  return found !== undefined;
}

/** Both forms are one name, or the listing shows another one than was given. */
function foldsTheForm(tree: WritableTree): boolean {
  const composed = `${PREFIX}\u00e9`;
  return withFile(tree, composed, () => {
    return isThere(tree, composed.normalize('NFD')) || !tree.listStaged().includes(composed);
  });
}

/** Whether a file of this name can be made, and stands there under no other name. */
function holds(tree: WritableTree, name: string): boolean {
  try {
    return withFile(tree, name, () => tree.listStaged().includes(name));
  } catch (error) {
    if (error instanceof TreeError && !TROUBLES.has(error.code)) return false;
    throw error;
  }
}

function hasLinks(tree: WritableTree): boolean {
  const name = `${PREFIX}link`;
  try {
    tree.linkStaged(name);
  } catch (error) {
    if (error instanceof TreeError && !TROUBLES.has(error.code)) return false;
    throw error;
  }
  tree.sweepStaged(name);
  return true;
}

/** `mayCountCharacters`: only disks that deviate in other things do. */
function lengthOf(tree: WritableTree, mayCountCharacters: boolean): Pick<NameRule, 'longest' | 'unit'> {
  const letters = (count: number): string => PREFIX.padEnd(count, 'x');
  if (holds(tree, letters(LONGEST))) {
    const isCounted = mayCountCharacters && holds(tree, PREFIX.padEnd(LONGEST, '\u754c'));
    return { longest: LONGEST, unit: isCounted ? 'utf16' : PLAIN_NAMES.unit };
  }
  let longest = SHORTEST;
  for (let above = LONGEST; above - longest > 1; ) {
    const middle = Math.floor((longest + above) / 2);
    if (holds(tree, letters(middle))) longest = middle;
    else above = middle;
  }
  return { longest, unit: 'byte' };
}

function withFile<T>(tree: WritableTree, name: string, look: () => T): T {
  const file = tree.createStaged(name);
  try {
    return look();
  } finally {
    file.discard();
  }
}
