/** No path is named as a problem without a cause and a next step. */
import { expect, test } from 'vitest';
import { PROBLEM_ADVICE, type ProblemAdvice } from '../../packages/engine/src/core/problem-advice.ts';
import type { SourceProblemCode } from '../../packages/engine/src/source/publish/problem-list.ts';
import type { TreeErrorCode } from '../../packages/engine/src/tree/error.ts';
import { projectFiles, textOf } from './project-file.ts';

/** What a tree and the server can say: a code without advice does not compile. */
const ADVICE: Readonly<Record<TreeErrorCode | SourceProblemCode, ProblemAdvice>> = PROBLEM_ADVICE;

/** Where the client gives codes of its own, always in capitals. */
const CLIENT_FILES = /^packages\/client\/src\/(apply|plan|mirror\/(mirror|problem-desk|rest-desk))[^.]*\.ts$/;

test('every code that the client writes down for a path has advice', () => {
  const found = new Set<string>();
  for (const file of projectFiles().filter((name) => CLIENT_FILES.test(name)))
    for (const [, code = ''] of textOf(file).matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g)) found.add(code);
  expect([...found]).toEqual(
    expect.arrayContaining(['CHANGING', 'CORRUPT', 'KEPT', 'LINK_OUTSIDE', 'UNSETTLED']),
  );
  expect([...found].filter((code) => !Object.hasOwn(ADVICE, code))).toEqual([]);
});
