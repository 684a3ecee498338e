/**
 * Which folder a client wants: the whole share or a subdirectory of it.
 */
import { checkPath } from '@lanmirror/protocol';

/**
 * Path, relative to the share's root, of the subdirectory a client asked for: '' for the whole;
 * undefined when it is not inside. `monitorDir` is absolute; `wanted` is absolute or relative, as the
 * user wrote it in his INI, with either kind of slash when the server has drive letters.
 */
export function requestedPath(monitorDir: string, wanted: string): string | undefined {
  const root = trimSlashes(monitorDir);
  const text = trimSlashes(wanted);
  if (text === '' || text === '.') return '';
  if (text === root) return '';
  const isAbsolute = wanted.startsWith('/');
  if (isAbsolute && !wanted.startsWith(root === '' ? '/' : `${root}/`)) return undefined;
  const relative = isAbsolute ? text.slice(root.length + 1) : text.replace(/^\.\//, '');
  return checkPath(relative) === undefined ? relative : undefined;
}

function trimSlashes(text: string): string {
  return text.replace(/\/+$/, '');
}
