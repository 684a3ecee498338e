/**
 * Which names a target can hold, and which of them are one name to it. What a disk says of itself is found
 * out by `tree/probe-traits.ts`; here is what follows from it.
 */

/** The rule of one disk. */
export interface NameRule {
  /** `A` and `a` are one name. */
  readonly foldsCase: boolean;
  /** Composed and decomposed letters are one name, whichever of them a listing shows. */
  readonly foldsForm: boolean;
  /** What Windows refuses or silently changes cannot stand there: characters, devices, a dot at the end. */
  readonly isWindows: boolean;
  /** Longest name, in units. */
  readonly longest: number;
  readonly unit: 'byte' | 'utf16';
}

/** Every name of the source stands there as it is. */
export const PLAIN_NAMES: NameRule = {
  foldsCase: false,
  foldsForm: false,
  isWindows: false,
  longest: 255,
  unit: 'byte',
};

const MAX_SOURCE_NAME = 255;

/** Whether no name has to be looked at: each stands there as it is. */
export function isPlainRule({ foldsCase, foldsForm, isWindows, longest }: NameRule): boolean {
  return !foldsCase && !foldsForm && !isWindows && longest >= MAX_SOURCE_NAME;
}

/** Whether two different names can be one there. */
export function isFolding({ foldsCase, foldsForm }: NameRule): boolean {
  return foldsCase || foldsForm;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is that of ASCII
const ASCII = /^[\u0000-\u007f]*$/;

/** Characters that some disks leave out when they compare: a soft hyphen, joiners, variation selectors. */
const IGNORED = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * Equal for names that are one name under this rule. Disks differ in their tables, so this folds at least as
 * much as any of them: at worst two names that could stand side by side are kept apart needlessly.
 */
export function foldedName({ foldsCase, foldsForm }: NameRule, name: string): string {
  if (ASCII.test(name)) return foldsCase ? name.toLowerCase() : name;
  const formed = foldsForm ? name.normalize('NFD').replace(IGNORED, '') : name;
  if (!foldsCase) return formed;
  // Lower, upper, lower: some letters meet only in one of the directions, as those of the sharp s do.
  const cased = formed.toLowerCase().toUpperCase().toLowerCase();
  return foldsForm ? cased.normalize('NFD').replace(IGNORED, '') : cased;
}

/** Whether both mean the same to a disk: by the letter, or because it does not keep the Unicode form. */
export function isSameSpelling({ foldsForm }: NameRule, a: string, b: string): boolean {
  return a === b || (foldsForm && a.normalize('NFC') === b.normalize('NFC'));
}
