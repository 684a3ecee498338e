import { expect, test } from 'vitest';
import { mayExist, type OpaqueState } from './opaque.ts';

/** 1 is the root; 2 a folder in it, 3 a folder in that, 4 a file in that. */
function state(opaque: readonly number[], gone: readonly number[]): OpaqueState {
  const parents = new Map([
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 3],
  ]);
  return {
    view: { get: (id) => (opaque.includes(id) ? { isOpaque: true } : {}) },
    baseline: {
      get: (id) => {
        const parentId = parents.get(id);
        if (parentId === undefined) return undefined;
        return gone.includes(id) ? { parentId, isGone: true } : { parentId };
      },
    },
  };
}

test.each([
  [[], [], false, 'the source can look everywhere'],
  [[3], [], true, 'its folder is opaque'],
  [[1], [], true, 'a folder far above is opaque'],
  [[4], [], false, 'it is opaque itself, but not named: another thing has its id'],
  [[1], [4], false, 'it was said to be gone'],
  [[1], [2], false, 'a folder in between was said to be gone'],
  [[3], [2], true, 'what was said of a folder above the opaque one is older than that folder being there'],
])('opaque %j, gone %j: may exist is %s, because %s', (opaque, gone, wanted) => {
  expect(mayExist(state(opaque, gone), 4)).toBe(wanted);
});

test('folders that stand in a ring, which no disk has, come to an end', () => {
  const ring: OpaqueState = {
    view: { get: () => ({}) },
    baseline: { get: (id) => ({ parentId: id === 1 ? 2 : 1 }) },
  };
  expect(mayExist(ring, 1)).toBe(false);
});
