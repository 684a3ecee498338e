import type { ClientStatus } from '@lanmirror/engine/source';
import { expect, test } from 'vitest';
import { clientsText, type ServerStatus, statusText } from './status.ts';

const STATUS: ServerStatus = {
  program: 'lanmirror-server 1.2.3',
  pid: 42,
  since: '2025-01-02T03:04:05.000Z',
  monitorDir: '/srv/films',
  port: 8080,
  state: 'live',
  scan: null,
  halt: '',
  watchNotice: '',
  entries: 7,
  head: 9,
  fingerprint: { code: 'aaaa-bbbb-cccc-dddd', unknown: 0 },
  clients: 0,
  bandwidth: { setting: 'off', bytesPerSecond: null },
  scrub: null,
  problemCount: 0,
  problems: [],
};

const CLIENT: ClientStatus = {
  name: 'living room',
  address: '192.0.2.7',
  program: 'lanmirror-client 1.2.3',
  root: '',
  since: '2025-01-02T03:04:05.000Z',
  acknowledged: 9,
  behind: 0,
  problems: 0,
  fingerprint: null,
  serverFingerprint: null,
  comparison: 'unknown',
  sentBytes: 0,
  bytesPerSecond: 0,
};

test('a healthy server says where it is, what it has, and that nothing is wrong', () => {
  expect(statusText(STATUS)).toEqual([
    'lanmirror-server 1.2.3 publishes /srv/films on port 8080 (process 42, since 2025-01-02T03:04:05.000Z)',
    'State:    live',
    'Entries:  7, sequence 9',
    'Fingerprint: aaaa-bbbb-cccc-dddd',
    'Clients:  0',
    'Problems: none',
  ]);
});

test('a scan is told with how far it is', () => {
  const text = statusText({ ...STATUS, state: 'scanning', scan: { folders: 12, entries: 340 } });
  expect(text).toContain(
    'State:    scanning: 340 entries in 12 folders so far; mirrors wait for the end of the scan',
  );
});

test('a halt is told with its next step, and problems by name, without control characters', () => {
  const text = statusText({
    ...STATUS,
    state: 'halted',
    halt: 'The folder is gone. Next: mount it.',
    problemCount: 3,
    problems: [
      {
        ...{ path: 'a\nb', code: 'DENIED', message: 'permission denied', cure: 'Make it readable.' },
        ...{ since: '2025-01-02T03:04:05Z', attempts: 2, nextTry: '2025-01-02T03:05:00Z' },
      },
    ],
  });
  expect(text).toContain('The folder is gone. Next: mount it.');
  expect(text.at(-3)).toMatch(
    /^ {2}a.*b: permission denied \(DENIED\); since 2025-01-02T03:04:05Z, tried 2 times, again at 2025-01-02T03:05:00Z$/,
  );
  expect(text.join('')).not.toContain('\n');
  expect(text.at(-2)).toBe('  ... and 2 more');
  expect(text.at(-1)).toBe('  DENIED: Make it readable.');
});

test.each([
  [{}, 'in sync at 9'],
  [{ problems: 2 }, 'in sync at 9 but for 2 paths that failed'],
  [{ acknowledged: 5, behind: 4 }, '4 changes behind (at 5)'],
  [{ acknowledged: -1, behind: 9, bytesPerSecond: 12_340_000 }, 'not in sync yet, receives 12.3 MB/s'],
  [{ root: 'films' }, 'in sync at 9; mirrors films'],
])('a client is described as it is: %j', (facts, text) => {
  expect(clientsText([{ ...CLIENT, ...facts }])[1]).toBe(`  ${text}`);
});

const CODE = { code: 'aaaa-bbbb-cccc-dddd', unknown: 0 };
const OTHER = { code: 'eeee-ffff-gggg-hhhh', unknown: 0 };

test.each([
  [{ fingerprint: CODE, serverFingerprint: CODE, comparison: 'identical' }, `${CODE.code}, identical`],
  [{ fingerprint: CODE, serverFingerprint: OTHER, comparison: 'unknown' }, CODE.code],
  [
    { fingerprint: CODE, serverFingerprint: OTHER, comparison: 'differs' },
    `${CODE.code} DIFFERS; here it is ${OTHER.code}`,
  ],
  [
    {
      fingerprint: { ...CODE, unknown: 1 },
      serverFingerprint: { ...OTHER, unknown: 2 },
      comparison: 'provisional',
    },
    `${CODE.code} (provisional: 1 file not compared by content yet); here ${OTHER.code} (provisional: 2 files not read yet)`,
  ],
] as const)('the fingerprint of a client stands beside that of the server: %j', (facts, text) => {
  expect(clientsText([{ ...CLIENT, ...facts }])[2]).toBe(`  Fingerprint: ${text}`);
});
