import { expect, test } from 'vitest';
import { adviceFor, PROBLEM_ADVICE } from './problem-advice.ts';

test('every cause fits into a sentence, and every cure is one', () => {
  for (const [code, { cause, cure }] of Object.entries(PROBLEM_ADVICE)) {
    expect([code, cause]).toEqual([code, expect.stringMatching(/^[a-z].*[^.]$/)]);
    expect([code, cure]).toEqual([code, expect.stringMatching(/^[A-Z].*\.$/)]);
  }
});

test('when it is tried again is said beside the cure, and not twice', () => {
  for (const { cure } of Object.values(PROBLEM_ADVICE)) expect(cure).not.toMatch(/(tried|written) again/);
});

test('a code that is not known here has advice as well, whatever it is called', () => {
  for (const code of ['FROM_THE_FUTURE', '', '__proto__', 'constructor'])
    expect(adviceFor(code).cure).toMatch(/logs of both programs/);
});

test('the command that is named for a full disk makes room whatever the age of what is in the trash', () => {
  expect(adviceFor('NO_SPACE').cure).toContain('"lanmirror-client trash prune --older-than 0s" deletes all');
});
