import { expect, test } from 'vitest';
import { type ExplanationFacts, explanationText, typedPath } from './explanation.ts';

const FACTS: ExplanationFacts = {
  ...{ path: 'cache/a.tmp', isMirrored: false, reason: 'rule', matched: 'cache/a.tmp', sizeBytes: 5 },
  rule: { line: '*.tmp', origin: 'server.ini line 7, Exclude' },
  whose: "the server's rules",
};

test.each<[Partial<ExplanationFacts>, string]>([
  [{}, `not mirrored: "*.tmp" excludes it (the server's rules: server.ini line 7, Exclude)`],
  [
    { matched: 'cache' },
    `not mirrored: "*.tmp" excludes the folder cache (the server's rules: server.ini line 7, Exclude)`,
  ],
  [{ isMirrored: true }, `mirrored: "*.tmp" includes it (the server's rules: server.ini line 7, Exclude)`],
  [{ isMirrored: true, reason: 'none', rule: null }, 'mirrored: no rule excludes it'],
  [{ reason: 'size' }, "not mirrored: its size, 5 bytes, is outside of the limits (the server's rules)"],
  [
    { reason: 'size', sizeBytes: null },
    "not mirrored: its size is outside of the limits (the server's rules)",
  ],
  [
    { reason: 'young', comesAt: '2025-03-31 12:00:00' },
    "not mirrored: it is younger than MinAge, and comes by itself at 2025-03-31 12:00:00 (the server's rules)",
  ],
  [{ reason: 'old' }, "not mirrored: it is older than MaxAge (the server's rules)"],
  [{ reason: 'link' }, "not mirrored: the setting Links leaves it out (the server's rules)"],
  [
    {
      reason: 'problem',
      rule: null,
      problem: { path: 'cache', code: 'DENIED', message: 'permission denied' },
    },
    'not mirrored: the folder cache: permission denied (DENIED)',
  ],
  [
    { reason: 'problem', rule: null, problem: { path: 'cache/a.tmp', code: 'IO', message: 'an error' } },
    'not mirrored: an error (IO)',
  ],
  [
    {
      ...{ isMirrored: true, reason: 'none', rule: null },
      problem: { path: '', code: 'DENIED', message: 'permission denied' },
    },
    'mirrored: no rule excludes it; as it was last: the folder .: permission denied (DENIED)',
  ],
])('an explanation names what decided, and where it stands: %j', (facts, text) => {
  expect(explanationText({ ...FACTS, ...facts })).toBe(`cache/a.tmp: ${text}`);
});

test.each([
  ['a/b', { path: 'a/b', isFolder: false }],
  ['./a//b/', { path: 'a/b', isFolder: true }],
  ['/srv/films/a', { path: 'a', isFolder: false }],
  ['/srv/films', { path: '', isFolder: false }],
  ['/srv/filmsx/a', undefined],
  ['../a', undefined],
])('a typed path counts from the top of what is mirrored: %s', (typed, wanted) => {
  expect(typedPath(typed, '/srv/films')).toEqual(wanted);
});
