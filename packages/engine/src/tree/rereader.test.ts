import { beforeAll, expect, test } from 'vitest';
import { hashBytes, loadHash } from './hash.ts';
import { createMemoryTree } from './memory/memory-tree.ts';
import { Rereader } from './rereader.ts';

const PART = 1 << 20;
const believe = (): boolean => true;

beforeAll(async () => {
  await loadHash();
});

function makeFile(sizeBytes: number) {
  const tree = createMemoryTree();
  const content = new Uint8Array(sizeBytes).map((_, at) => at % 251);
  tree.user.write('f', content);
  const reader = new Rereader();
  reader.begin(hashBytes(content), sizeBytes);
  return { tree, content, reader };
}

test.each([0, 1, PART, PART + 1])('the content of a file of %i bytes is found to be right', async (size) => {
  const { tree, reader } = makeFile(size);
  const results: string[] = [];
  do results.push(await reader.next(tree, 'f', believe));
  while (results.at(-1) === 'part' && results.length < 5);
  expect(results).toEqual(size > PART ? ['part', 'right'] : ['right']);
});

test('one other byte in the last part makes it another content', async () => {
  const { tree, content, reader } = makeFile(PART + 1);
  expect(await reader.next(tree, 'f', believe)).toBe('part');
  content[PART] = 255;
  tree.user.write('f', content);
  expect(await reader.next(tree, 'f', believe)).toBe('other');
});

test('a file that became shorter ends its reading, as another content', async () => {
  const { tree, content, reader } = makeFile(PART + 1);
  expect(await reader.next(tree, 'f', believe)).toBe('part');
  tree.user.write('f', content.subarray(0, 5));
  expect(await reader.next(tree, 'f', believe)).toBe('other');
});

test('what is not believed is left, and the next file is read from its beginning', async () => {
  const { tree, reader } = makeFile(PART + 1);
  expect(await reader.next(tree, 'f', believe)).toBe('part');
  expect(await reader.next(tree, 'f', (stat) => stat.sizeBytes === PART)).toBe('left');
  tree.user.write('g', 'other');
  reader.begin(hashBytes(new TextEncoder().encode('other')), 5);
  expect(await reader.next(tree, 'g', believe)).toBe('right');
});
