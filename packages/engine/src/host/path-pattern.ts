/** Patterns that a person types for paths of a tree. */
import micromatch from 'micromatch';

/**
 * Whether paths match `pattern`: globs as shells and rsync users know them (`*`, `**`, `?`, `[a-z]`, `{a,b}`),
 * from the top of the tree. What names a folder means everything below it, too. Names with a leading dot
 * are names like others. A pattern without any of these characters is that very path.
 */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const top = withoutEnds(pattern);
  if (top === '') return () => true;
  if (isPlain(top)) return (path) => path === top || path.startsWith(`${top}/`);
  const isMatch = micromatch.matcher(top, { dot: true });
  // A name may have the characters of a pattern in it, and then means itself.
  return (path) => path === top || prefixes(path).some((prefix) => isMatch(prefix));
}

/** The path that a pattern without any character of a pattern is; undefined for others, and for ''. */
export function plainPath(pattern: string): string | undefined {
  const top = withoutEnds(pattern);
  return top !== '' && isPlain(top) ? top : undefined;
}

function withoutEnds(pattern: string): string {
  return pattern.replace(/^\.?\/+/, '').replace(/\/+$/, '');
}

function isPlain(top: string): boolean {
  return !/[*?[\]{}()!+@]/.test(top);
}

/** `a`, `a/b` and `a/b/c` for `a/b/c`. */
function prefixes(path: string): string[] {
  const names = path.split('/');
  return names.map((_name, at) => names.slice(0, at + 1).join('/'));
}
