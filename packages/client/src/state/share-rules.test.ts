import { createMemoryStore } from '@lanmirror/engine/store';
import { expect, test } from 'vitest';
import { ShareRules } from './share-rules.ts';

const told = (origin: string) => ({
  path: '',
  ignoresCase: false,
  rules: [{ line: 'a', folder: '', origin }],
});

test('the same rules in other lines are no other ones, and are told by where they stand now, after a restart too', () => {
  const store = createMemoryStore();
  const rules = new ShareRules(store);
  const take = (origin: string): boolean => store.transact(() => rules.replace(told(origin)));
  expect(take('server.ini line 3, Exclude')).toBe(true);
  store.transact(() => rules.settle());
  expect(take('server.ini line 5, Exclude')).toBe(false);
  expect(rules.isChanging).toBe(false);
  for (const one of [rules, new ShareRules(store)])
    expect(one.filter.judge('a', 'file').rule?.origin).toBe('server.ini line 5, Exclude');
});
