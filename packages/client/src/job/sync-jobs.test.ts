import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, readConfiguration } from '@lanmirror/engine/host';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ConfiguredJob, jobsOf } from './configured-job.ts';
import { syncJobs } from './sync-jobs.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sync-jobs-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function threeJobs(): readonly ConfiguredJob[] {
  const ini = join(folder, 'client.ini');
  writeFileSync(ini, ['a', 'b', 'c'].map((name) => `[Job ${name}]\nTargetDir = ${name}\n`).join(''));
  return jobsOf(readConfiguration({ section: 'Client', config: ini, flags: {}, env: {}, cwd: folder }));
}

/** `endingAt`: the job during which somebody wants an end. */
async function outcomeOf(endingAt: string) {
  const begun: string[] = [];
  const told: string[] = [];
  let isEnding = endingAt === '';
  const exit = await syncJobs({
    ...{ jobs: threeJobs(), isNamed: false, env: { XDG_STATE_HOME: folder } },
    isEnding: () => isEnding,
    write: (_level, text) => told.push(text),
    run: async ({ name }) => {
      begun.push(name);
      isEnding ||= name === endingAt;
      return EXIT.done;
    },
  });
  return { exit, begun, told };
}

test('jobs that were not begun because somebody wants an end are named, and are no success', async () => {
  expect(await outcomeOf('a')).toEqual({
    exit: EXIT.someFailed,
    begun: ['a'],
    told: ['[b] Interrupted: its pass was not begun.', '[c] Interrupted: its pass was not begun.'],
  });
  expect((await outcomeOf('')).begun).toEqual([]);
});

test('an end that is wanted when all were done takes nothing from their success', async () => {
  expect(await outcomeOf('c')).toEqual({ exit: EXIT.done, begun: ['a', 'b', 'c'], told: [] });
});
