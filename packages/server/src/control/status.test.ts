import { localTimeOf } from '@lanmirror/engine/host';
import type { ClientStatus } from '@lanmirror/engine/source';
import { expect, test } from 'vitest';
import type { ServerStatus, ShareStatus } from './server-status.ts';
import { clientsText, statusText } from './status.ts';

const SHARE: ShareStatus = {
  share: '',
  monitorDir: '/srv/films',
  keys: null,
  state: 'live',
  scan: null,
  halt: '',
  watchNotice: '',
  entries: 7,
  ignoreFiles: 0,
  head: 9,
  fingerprint: { code: 'aaaa-bbbb-cccc-dddd', unknown: 0 },
  clients: 0,
  scrub: null,
  problemCount: 0,
  ownBandwidth: { setting: 'off', bytesPerSecond: null },
  problems: [],
};

const PROGRAM = {
  program: 'lanmirror-server 1.2.3',
  pid: 42,
  since: '2025-01-02T03:04:05.000Z',
  port: 8080,
  bandwidth: { setting: 'off', bytesPerSecond: null },
};

/** A server with one share. */
function statusWith(share: Partial<ShareStatus> = {}): ServerStatus {
  return { ...PROGRAM, clients: 0, shares: [{ ...SHARE, ...share }] };
}

const CLIENT: ClientStatus = {
  name: 'living room',
  address: '192.0.2.7',
  program: 'lanmirror-client 1.2.3',
  share: '',
  key: 'default',
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
  expect(statusText(statusWith())).toEqual([
    `lanmirror-server 1.2.3 publishes /srv/films on port 8080 (process 42, since ${localTimeOf('2025-01-02T03:04:05.000Z')})`,
    'State:    live',
    'Entries:  7, sequence 9',
    'Fingerprint: aaaa-bbbb-cccc-dddd',
    'Clients:  0',
    'Problems: none',
  ]);
});

test('of several shares each says how it is, and one that is not served says why', () => {
  const films = { ...SHARE, share: '电影', keys: ['default', 'phone'], clients: 2 };
  const halt = 'MonitorDir /gone does not exist.';
  const gone = { ...SHARE, share: 'a.b', monitorDir: '/gone', state: 'not-served', halt } as const;
  expect(statusText({ ...PROGRAM, clients: 2, shares: [films, gone] })).toEqual([
    `lanmirror-server 1.2.3 publishes 2 shares on port 8080 (process 42, since ${localTimeOf('2025-01-02T03:04:05.000Z')})`,
    'Clients:  2',
    '[电影], /srv/films',
    '  Keys:     default, phone',
    '  State:    live',
    '  Entries:  7, sequence 9',
    '  Fingerprint: aaaa-bbbb-cccc-dddd',
    '  Clients:  2 ("lanmirror-server clients" lists them)',
    '  Problems: none',
    '[a.b], /gone',
    '  State:    NOT SERVED: MonitorDir /gone does not exist. It is looked at again by itself.',
  ]);
});

test('a scan is told with how far it is', () => {
  const text = statusText(statusWith({ state: 'scanning', scan: { folders: 12, entries: 340 } }));
  expect(text).toContain(
    'State:    scanning: 340 entries in 12 folders so far; mirrors wait for the end of the scan',
  );
});

test('a halt is told with its next step, and problems by name, without control characters', () => {
  const text = statusText(
    statusWith({
      state: 'halted',
      halt: 'The folder is gone. Next: mount it.',
      problemCount: 3,
      problems: [
        {
          ...{ path: 'a\nb', code: 'DENIED', message: 'permission denied', cure: 'Make it readable.' },
          ...{ since: '2025-01-02T03:04:05Z', attempts: 2, nextTry: '2025-01-02T03:05:00Z' },
        },
      ],
    }),
  );
  expect(text).toContain('The folder is gone. Next: mount it.');
  expect(text.at(-3)).toMatch(
    /^ {2}a.*b: permission denied \(DENIED\); since [-0-9]{10} \d\d:\d\d:05, tried 2 times, again at [-0-9]{10} \d\d:\d\d:00$/,
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
  [{ share: '电影' }, 'in sync at 9; mirrors [电影]'],
  [{ share: 'a b', root: 'c', key: 'phone' }, 'in sync at 9; mirrors [a b] c; its key is "phone"'],
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
