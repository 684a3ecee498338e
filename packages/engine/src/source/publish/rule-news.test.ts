import { expect, test } from 'vitest';
import { RuleNews, ruleNewsText } from './rule-news.ts';
import { SourceFilter } from './source-filter.ts';

test('of other rules in the source it is said what they hide and what they show, with the first paths', () => {
  const none = { count: 0, first: [] };
  expect(ruleNewsText(none, none)).toMatch(
    /nothing that was published is hidden by them, and nothing new is shown\.$/,
  );
  expect(ruleNewsText({ count: 1, first: ['d/'] }, none)).toMatch(
    /they hide 1 path \(d\/\), and mirrors keep what they have of it\.$/,
  );
  expect(ruleNewsText({ count: 7, first: ['a', 'b'] }, { count: 2, first: ['c', 'd'] })).toMatch(
    /they hide 7 paths \(a, b, \.\.\. and 5 more\), and mirrors keep what they have of them; they show 2 paths \(c, d\)\.$/,
  );
});

test('several changes before a scan has ended are one, compared with what held before all of them', async () => {
  const asked: SourceFilter[] = [];
  const notes: string[] = [];
  const news = new RuleNews({
    leftOutBy: async (filter) => {
      asked.push(filter);
      return { count: 1, first: ['z'] };
    },
    isStopped: () => false,
    note: (_level, text) => notes.push(text),
  });
  news.leftOut(['before any change']);
  news.tell();
  const first = new SourceFilter();
  news.begin(first);
  news.leftOut(['a', 'b', 'c']);
  news.begin(new SourceFilter());
  news.leftOut(['d', 'e', 'f']);
  news.tell();
  await news.done();
  expect(asked).toEqual([first]);
  expect(notes).toEqual([expect.stringContaining('hide 6 paths (a, b, c, d, e, ... and 1 more)')]);
  news.tell();
  await news.done();
  expect(notes.length).toBe(1);
});
