import { expect, test } from 'vitest';
import { FolderNode } from './folder-node.ts';

const top = () => new FolderNode<string[]>([]);
const content = () => [];

test('a path leads to its node and the node back to its path', () => {
  const root = top();
  expect(root.path()).toBe('');
  expect(root.find('')).toBe(root);
  const node = root.ensure('a/b/c', content);
  expect(root.find('a/b/c')).toBe(node);
  expect(root.ensure('a/b/c', content)).toBe(node);
  expect(node.path()).toBe('a/b/c');
  expect(root.find('a/x')).toBeUndefined();
});

test('moving a folder moves all below it, without touching them', () => {
  const root = top();
  const deep = root.ensure('a/b/c', content);
  const moved = root.ensure('a', content);
  moved.detach();
  root.place(moved, 'x/y', content);
  expect(deep.path()).toBe('x/y/b/c');
  expect(root.find('x/y/b/c')).toBe(deep);
  expect(root.find('a')).toBeUndefined();
});

test('a walk names parents before their children and nothing else', () => {
  const root = top();
  for (const path of ['a/b', 'a/c', 'd']) root.ensure(path, content);
  const paths = [...root.ensure('a', content).walk()].map((node) => node.path());
  expect(paths[0]).toBe('a');
  expect([...paths].sort()).toEqual(['a', 'a/b', 'a/c']);
});
