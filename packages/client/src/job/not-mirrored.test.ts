import { EXIT, UserError } from '@lanmirror/engine/host';
import { expect, test } from 'vitest';
import { NOT_RUNNING } from '../control/until-started.ts';
import type { JobInProgram, ProgramReport } from './job-control.ts';
import { whyNotMirrored } from './not-mirrored.ts';

function running(job: Pick<JobInProgram, 'condition'> & Partial<JobInProgram>): ProgramReport {
  const plain = { name: 'My films', isDryRun: false, failure: null, nextTryInMs: null };
  const away = { place: null, targetDir: '/t', waitsFor: null, rest: '' };
  return { program: '', pid: 1, since: '', jobs: [{ ...plain, ...away, ...job }] };
}

const NOBODY = new UserError(NOT_RUNNING, 'No lanmirror-client runs for /t.', 'Start it.', EXIT.noConnection);

test.each([
  [{ condition: 'stopped' }, 'it was stopped', '"lanmirror-client add \'My films\'" lets it go on.'],
  [{ condition: 'paused' }, 'it is paused', '"lanmirror-client resume \'My films\'" lets it go on.'],
  [{ condition: 'off' }, 'Active = no', 'Set Active = yes there; or "lanmirror-client add \'My films\'"'],
  [{ condition: 'running', isDryRun: true }, 'dry runs only', 'Take DryRun out of its section'],
  [{ condition: 'refused' }, 'it does not run', '"lanmirror-client status \'My films\'" says why'],
] as const)('who runs is not told to start: the next step is that of the job: %o', (job, why, step) => {
  const error = whyNotMirrored(NOBODY, 'my FILMS', running(job)) as UserError;
  expect([error.code, error.exitCode]).toEqual([NOT_RUNNING, EXIT.noConnection]);

  expect(error.message).toContain(why);
  expect(error.nextStep).toContain(step);
});

test('where no client runs, and of what else fails, nothing else is said', () => {
  expect(whyNotMirrored(NOBODY, 'My films', undefined)).toBe(NOBODY);
  expect(whyNotMirrored(NOBODY, 'other', running({ condition: 'stopped' }))).toBe(NOBODY);
  const fault = new Error('x');
  expect(whyNotMirrored(fault, 'My films', running({ condition: 'stopped' }))).toBe(fault);
});
