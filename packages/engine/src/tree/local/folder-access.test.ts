import { afterEach, expect, test, vi } from 'vitest';
import { TreeError } from '../error.ts';
import type { Directories, NodeHandle } from './directories.ts';
import { withAccess } from './folder-access.ts';

afterEach(() => vi.restoreAllMocks());

const refusal = (code: string): Error => Object.assign(new Error(code), { code, syscall: 'fchmod' });

/** A way of folders of mode 0, of which the one at `path` cannot be opened, and their modes now. */
function wayWithOneThatStaysShut(path: string): {
  directories: Directories;
  modes: Map<string, number>;
  held: Set<string>;
} {
  const modes = new Map<string, number>();
  const held = new Set<string>();
  const hold = (at: string): NodeHandle => {
    held.add(at);
    const chmod = (mode: number): void => {
      if (at === path) throw refusal('EROFS');
      modes.set(at, mode);
    };
    const close = (): void => void held.delete(at);
    const rest = { stat: () => ({ kind: 'directory' }), fullMode: () => 0, isOurs: () => true };
    return { ...rest, chmod, close } as unknown as NodeHandle;
  };
  return { directories: { hold } as unknown as Directories, modes, held };
}

test('where one folder on the way cannot be opened, those above it get their modes back, and none stays held', () => {
  vi.spyOn(process, 'geteuid').mockReturnValue(1000);
  const { directories, modes, held } = wayWithOneThatStaysShut('a/b');
  const denied = new TreeError('DENIED', 'a/b/c', 'no', { cause: refusal('EACCES') });
  const step = (): never => {
    throw denied;
  };
  expect(() => withAccess([{ directories, path: 'a/b' }], step)).toThrow('EROFS');
  expect([...modes]).toEqual([
    ['', 0],
    ['a', 0],
  ]);
  expect([...held]).toEqual([]);
});
