import { localTimeOf } from '@lanmirror/engine/host';
import { expect, test } from 'vitest';
import { type JobStatus, jobStatusLines } from './job-status.ts';

const JOB: JobStatus = {
  ...{
    name: 'My films',
    targetDir: '/mnt/films',
    isActive: true,
    isDryRun: false,
    condition: 'running',
    rest: '',
  },
  ...{ pausedSince: null, failure: null, nextTry: null, waitsFor: null, status: null },
};
const FAILURE = { code: 'NO_KEY', message: 'There is no key yet.', nextStep: 'Print it on the server.' };

test.each<[Partial<JobStatus>, string]>([
  [{}, 'starting'],
  [
    { condition: 'paused', pausedSince: '2025-01-02' },
    `PAUSED since ${localTimeOf('2025-01-02')}, not mirrored: "lanmirror-client resume 'My films'" lets it go on`,
  ],
  [{ condition: 'waiting', waitsFor: 'a' }, 'waits for [a], which still mirrors into its folder'],
  [{ condition: 'off', isActive: false }, 'not active (Active = no)'],
  [
    { condition: 'wrong', failure: FAILURE },
    'CONFIGURATION ERROR: There is no key yet. Print it on the server.',
  ],
  [
    { condition: 'refused', failure: FAILURE, nextTry: '2025-01-03' },
    `REFUSED: There is no key yet. Print it on the server. Next try: ${localTimeOf('2025-01-03')}.`,
  ],
  [{ condition: 'faulty', failure: FAILURE }, 'FAILED: There is no key yet. Print it on the server.'],
  [
    { condition: 'running', isDryRun: true, rest: 'waiting for its next run, 2030-01-01 03:00:00' },
    'waiting for its next run, 2030-01-01 03:00:00 (a dry run: nothing is changed)',
  ],
  [{ condition: 'running', isDryRun: true }, 'running (a dry run: nothing is changed)'],
  [{ condition: 'done', isDryRun: true }, 'done (a dry run: nothing is changed)'],
  [{ condition: 'stopped' }, 'stopped, not mirrored: "lanmirror-client add \'My films\'" starts it again'],
  [
    { condition: 'not-running', failure: FAILURE },
    'not running: There is no key yet. Print it on the server.',
  ],
  [
    { condition: 'not-running', pausedSince: '2025-01-02' },
    `not running, and PAUSED since ${localTimeOf('2025-01-02')}`,
  ],
])('a job without a mirror says why: %j', (facts, text) => {
  expect(jobStatusLines({ ...JOB, ...facts })).toEqual([`[My films] ${text}`, '  Target:   /mnt/films']);
});
