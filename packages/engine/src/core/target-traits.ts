/** What a target keeps of what it is given, as its disk was found to do it. Plain data, and how to tell of it. */
import { isPlainRule, type NameRule, PLAIN_NAMES } from './name-rule.ts';

export interface TargetTraits {
  readonly names: NameRule;
  readonly hasLinks: boolean;
  /** Permission bits come back as they were set. */
  readonly keepsModes: boolean;
  /** Modification times are kept in multiples of this; 1 for a microsecond or finer. */
  readonly mtimeStepUs: number;
}

/** What a usual disk of Linux does. */
export const PLAIN_TRAITS: TargetTraits = {
  names: PLAIN_NAMES,
  hasLinks: true,
  keepsModes: true,
  mtimeStepUs: 1,
};

const WINDOWS_TRAITS: TargetTraits = {
  names: { foldsCase: true, foldsForm: false, isWindows: true, longest: 255, unit: 'utf16' },
  hasLinks: false,
  keepsModes: false,
  mtimeStepUs: 1,
};

const MACOS_TRAITS: TargetTraits = {
  ...PLAIN_TRAITS,
  names: { ...PLAIN_NAMES, foldsCase: true, foldsForm: true },
};

/** What is usual on this system: for a target that must not be asked yet, because nothing may be written there. */
export function assumedTraits(platform: string): TargetTraits {
  if (platform === 'win32') return WINDOWS_TRAITS;
  return platform === 'darwin' ? MACOS_TRAITS : PLAIN_TRAITS;
}

/**
 * What is assumed of a target that could not be asked although it should have been. Two names for one node would be
 * taken for two: so names are taken to fold, and at worst some siblings stand aside until the disk can be asked.
 */
export function carefulTraits(platform: string): TargetTraits {
  return platform === 'win32' ? WINDOWS_TRAITS : MACOS_TRAITS;
}

/**
 * Whether the time that a disk shows and the one of the source are taken for the same: equal as far as the disk keeps
 * times, or no further apart than the window.
 */
export function isSameTime(
  { mtimeStepUs }: Pick<TargetTraits, 'mtimeStepUs'>,
  a: number,
  b: number,
  windowUs = 0,
): boolean {
  return Math.abs(a - b) <= windowUs || Math.floor(a / mtimeStepUs) === Math.floor(b / mtimeStepUs);
}

/** One phrase for each thing in which a target is not like a usual disk of Linux; none for most targets. */
export function describeTraits({ names, hasLinks, keepsModes, mtimeStepUs }: TargetTraits): string[] {
  const phrases: string[] = [];
  if (names.foldsCase) phrases.push('does not tell capitals from small letters');
  if (names.foldsForm) phrases.push('does not tell composed from decomposed letters');
  if (names.isWindows) phrases.push('has no names that Windows does not allow');
  if (!isPlainRule({ ...PLAIN_NAMES, longest: names.longest }))
    phrases.push(`has names of at most ${names.longest} ${names.unit === 'byte' ? 'bytes' : 'characters'}`);
  if (!hasLinks) phrases.push('cannot hold symbolic links');
  if (!keepsModes) phrases.push('does not keep permission bits');
  if (mtimeStepUs > 1) phrases.push(`keeps times to ${stepText(mtimeStepUs)}`);
  return phrases;
}

function stepText(stepUs: number): string {
  if (stepUs >= 1_000_000) return `${stepUs / 1_000_000} s`;
  return stepUs >= 1000 ? `${stepUs / 1000} ms` : `${stepUs} µs`;
}
