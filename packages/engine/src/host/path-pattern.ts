/**
 * Patterns that a person types for paths of a tree. fast-glob takes a pattern apart (alternatives, what it
 * excludes, the folder it begins in); a path is compared by micromatch, which fast-glob itself compares with.
 * No list of record is made of these.
 */

/** A pattern that was read. Paths are relative to the top of the tree, `''` is the top itself. */
export interface PathPattern {
  /** As it was typed. */
  readonly text: string;
  /** Whether this path, or a folder above it, matches: what names a folder means everything below it, too. */
  isMatch(path: string): boolean;
  /** Whether something that matches may stand below this folder, although it does not match itself. */
  mayHold(folder: string): boolean;
}

/**
 * A pattern whose meaning waits for the paths that there are: one that exists is meant as it is written,
 * whatever characters its names have.
 */
export type TypedPattern = (exists: (path: string) => boolean) => PathPattern;

/** One of the things that a pattern stands for. */
interface Alternative {
  /** Of the folders on the way to a match, name by name from the top, as far as they are known. */
  readonly names: readonly ((name: string) => boolean)[];
  /** Whether any number of folders may follow these. */
  readonly isOpen: boolean;
  readonly isMatch: (path: string) => boolean;
}

type Matcher = (pattern: string) => (text: string) => boolean;

/**
 * Reads a pattern: globs as shells and rsync users know them (`*`, `**`, `?`, `[a-z]`, `{a,b}`, `!(a)`), from the
 * top of the tree; with a `!` in front, everything else. Names with a leading dot are names like others.
 * '' is everything.
 */
export async function readPattern(text: string): Promise<TypedPattern> {
  const [{ default: glob }, { default: micromatch }] = await Promise.all([
    import('fast-glob'),
    import('micromatch'),
  ]);
  const matcher: Matcher = (pattern) => micromatch.matcher(pattern, { dot: true });
  const plain = (path: string): PathPattern => ({
    text,
    isMatch: (one) => path === '' || isAtOrBelow(one, path),
    mayHold: (folder) => folder === '' || isAtOrBelow(path, folder),
  });
  return (exists) => {
    const whole = trimmed(text);
    if (whole === '' || exists(whole) || !glob.isDynamicPattern(whole, { dot: true })) return plain(whole);
    const isNegated = whole.startsWith('!') && !whole.startsWith('!(');
    const typed = isNegated ? trimmed(whole.slice(1)) : whole;
    const pattern = exists(typed) ? glob.escapePath(typed) : typed;
    const tasks = glob.generateTasks(isNegated ? ['**', `!${pattern}`] : [pattern], { dot: true });
    const wanted = tasks.flatMap(({ positive, base }) =>
      positive.map((one) => alternative(one, base, matcher)),
    );
    const unwanted = tasks.flatMap(({ negative }) => negative.map(matcher));
    const isExcluded = (path: string): boolean =>
      prefixes(path).some((one) => unwanted.some((no) => no(one)));
    return {
      text,
      isMatch: (path) =>
        !isExcluded(path) && prefixes(path).some((one) => wanted.some(({ isMatch }) => isMatch(one))),
      mayHold: (folder) =>
        folder === '' || (!isExcluded(folder) && wanted.some((one) => mayLeadTo(one, folder))),
    };
  };
}

/** `base`: the folder above which nothing is dynamic, '.' for the top. */
function alternative(pattern: string, base: string, matcher: Matcher): Alternative {
  const names = pattern.split('/');
  const globstar = names.findIndex((name) => name.includes('**'));
  const fixed = base === '.' ? 0 : base.split('/').length;
  // A group may have slashes in it, and a backslash belongs to the name behind it: only the base is sure.
  const isOpen = /[(\\]/.test(pattern) || globstar >= 0;
  const known = /[(\\]/.test(pattern) ? fixed : globstar < 0 ? names.length : globstar;
  return { names: names.slice(0, known).map(matcher), isOpen, isMatch: matcher(pattern) };
}

/** Whether something below this folder may match. */
function mayLeadTo({ names, isOpen }: Alternative, folder: string): boolean {
  const own = folder.split('/');
  const isOnTheWay = names.every((isName, at) => own[at] === undefined || isName(own[at]));
  return isOnTheWay && (isOpen || own.length < names.length);
}

function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Without slashes around it and a `./` in front. */
function trimmed(pattern: string): string {
  return pattern.replace(/^(?:\.?\/+)+/, '').replace(/\/+$/, '');
}

/** `a`, `a/b` and `a/b/c` for `a/b/c`. */
function prefixes(path: string): string[] {
  const names = path.split('/');
  return names.map((_name, at) => names.slice(0, at + 1).join('/'));
}
