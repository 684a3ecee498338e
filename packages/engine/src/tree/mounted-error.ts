/** The refusal to move or delete what something is mounted in. */
import { TreeError } from './error.ts';

/** `path` is what was to go, `point` where something is mounted, at or below it. */
export function mountedError(path: string, point: string): TreeError {
  const text = `something is mounted at ${point}, and what is on it is neither moved nor deleted`;
  return new TreeError('MOUNTED', path, text);
}
