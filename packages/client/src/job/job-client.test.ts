/** The one process of many jobs, with a real INI and socket, and mirrors that only say that they run. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  askProgram,
  type ConfigurationInput,
  EXIT,
  type ExitCode,
  readConfiguration,
} from '@lanmirror/engine/host';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FollowSettings } from '../control/settings-feed.ts';
import type { ConfiguredJob } from './configured-job.ts';
import { startJobs } from './job-client.ts';
import { JOB_COMMANDS } from './job-command.ts';
import { findProgramDir } from './job-place.ts';

interface Run {
  readonly job: ConfiguredJob;
  readonly follow: FollowSettings;
  end(exit?: ExitCode): void;
}

let dir: string;
let input: ConfigurationInput;
let runs: Run[];
let told: string[];
let over: Promise<ExitCode>;
let endAll = (): void => undefined;

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'lanmirror-jobs-')));
  mkdirSync(join(dir, 't'));
  [runs, told, over] = [[], [], Promise.resolve(EXIT.done)];
  const env = { XDG_STATE_HOME: join(dir, 'state') };
  input = { section: 'Client', config: join(dir, 'client.ini'), flags: {}, env, cwd: dir };
});

afterEach(async () => {
  endAll();
  for (const run of runs) run.end();
  await over;
  rmSync(dir, { recursive: true, force: true });
});

/** A section for each, in [Client] what all share. */
function writeIni(...sections: string[]): void {
  writeFileSync(join(dir, 'client.ini'), ['[Client]', 'ServerIP = ::1', ...sections, ''].join('\n'));
}

function start(): void {
  const ended = new Promise<void>((resolve) => {
    endAll = resolve;
  });
  over = startJobs({
    ...{ input, configuration: readConfiguration(input), ended, program: 'test' },
    changed: () => undefined,
    write: (level, text) => void told.push(`${level} ${text}`),
    run: (job, { follow, asked }) =>
      new Promise((resolve) => {
        asked.addEventListener('abort', () => resolve(EXIT.done));
        runs.push({ job, follow, end: (exit = EXIT.done) => resolve(exit) });
      }),
  });
}

const ask = (verb: string, job?: string): ReturnType<typeof askProgram> =>
  askProgram(findProgramDir(join(dir, 'client.ini'), input.env), verb, job === undefined ? {} : { job }, {
    line: () => undefined,
    record: () => undefined,
  });

/** What a command of its own process says. */
async function command(verb: string, ...words: string[]): Promise<string> {
  const said: string[] = [];
  const configuration = readConfiguration(input);
  const asking = { configuration, env: input.env, words, isJson: false };
  await JOB_COMMANDS[verb]?.({ ...asking, say: (text) => void said.push(text) });
  return said.join('\n');
}

const names = (): string[] => runs.map(({ job }) => job.name);

async function started(...expected: string[]): Promise<void> {
  start();
  await expect.poll(names).toEqual(expected);
  await expect.poll(() => ask('jobs')).toBeDefined();
}

function job(name: string, targetDir: string, ...lines: string[]): string {
  return [`[Job ${name}]`, `TargetDir = ${targetDir}`, ...lines].join('\n');
}

for (const [what, targetDir, lines] of [
  ['inside', 't/a/sub', []],
  ['around', 't', []],
  ['over', 't/a', []],
  ['with its trash in', 't/c', ['TrashDir = t/a/trash']],
] as const)
  test(`a new job does not begin ${what} the folder that another one began with, until that has left`, async () => {
    writeIni(job('A', 't/a'));
    await started('A');
    writeIni(job('A', 'elsewhere'), job('C', targetDir, ...lines));
    await ask('reload');
    await expect.poll(() => told.join('\n')).toContain('warn [C] Waits for [A], which still mirrors into');
    expect(names()).toEqual(['A']);
    runs[0]?.end();
    await expect.poll(names).toEqual(['A', 'C']);
  });

test('a job that waits and is asked to stop never begins', async () => {
  writeIni(job('A', 't/a'));
  await started('A');
  writeIni(job('A', 'elsewhere'), job('C', 't/a'));
  await ask('reload');
  await ask('stop', 'C');
  await expect.poll(() => told).toContain('info [C] Ended.');
  runs[0]?.end();
  expect(await over).toBe(EXIT.done);
  expect(names()).toEqual(['A']);
});

test('a client whose jobs are all paused is ended by stop, which is answered', async () => {
  writeIni(job('A', 't/a'));
  await started('A');
  await ask('pause', 'A');
  await expect.poll(() => told).toContain('info [A] Ended.');
  expect(await ask('stop')).toEqual({ exit: EXIT.done, result: null });
  expect(await over).toBe(EXIT.done);
});

test('a job that waited begins with what its section says by then, and from then on that is its start', async () => {
  writeIni(job('A', 't/a'));
  await started('A');
  writeIni(job('A', 'elsewhere'), job('C', 't/a', 'Links = skip'));
  await ask('reload');
  await expect.poll(() => told.join('\n')).toContain('[C] Waits for [A]');
  writeIni(job('A', 'elsewhere'), job('C', 't/a', 'Links = safe', 'Delete = never'));
  expect((await ask('reload'))?.result).toMatchObject({ live: [expect.stringContaining('Delete = never')] });
  runs[0]?.end();
  await expect.poll(names).toEqual(['A', 'C']);
  const { text } = runs[1]?.job.configuration ?? {};
  expect([text?.('Links'), text?.('Delete')]).toEqual(['safe', 'never']);
  writeIni(job('A', 'elsewhere'), job('C', 't/a', 'Links = skip', 'Delete = never'));
  const later = [expect.stringContaining('Links = skip (was safe)')];
  expect((await ask('reload'))?.result).toMatchObject({ later });
});

test('what was told as in effect while a job began is read by it as soon as it follows', async () => {
  writeIni(job('A', 't/a'));
  await started('A');
  writeIni(job('A', 't/a', 'Delete = never'));
  await ask('reload');
  const read: string[] = [];
  const [run] = runs;
  if (run === undefined) throw new Error('no run');
  const feed = await run.follow(run.job.configuration, ({ text }) => read.push(text('Delete')));
  expect(read).toEqual(['never']);
  await feed.close();
});

test('a pause is of the job, whatever its TargetDir is by then', async () => {
  writeIni(job('A', 't/a'), job('B', 't/b'));
  await command('pause', 'A');
  writeIni(job('A', 't/c'), job('B', 't/b'));
  await started('B');
  expect(told.join('\n')).toContain('warn [A] PAUSED since');
  expect(await command('status', 'A')).toContain('[A] PAUSED since');
  expect(await command('resume', 'A')).toBe('[A] Goes on.');
  await expect.poll(names).toEqual(['B', 'A']);
});

test('to resume a job that is not active says that it does not go on', async () => {
  writeIni(job('A', 't/a'), job('B', 't/b', 'Active = no'));
  await started('A');
  await command('pause', 'B');
  expect(await command('resume', 'B')).toBe(
    '[B] Not paused any more, and not active: its section has Active = no.',
  );
  expect(names()).toEqual(['A']);
});

test('a job that is not active and would close a ring is refused when it is asked for, and the others go on', async () => {
  const ring = job('back', 't/x', 'Source = t/y', 'Active = no');
  writeIni(job('A', 't/y', 'Source = t/x'), ring);
  await started('A');
  expect(await command('add', 'back').catch(({ message }: Error) => message)).toContain('mirror in a ring');
  expect(names()).toEqual(['A']);
});

test('a name that changes only in case is that of the same running job', async () => {
  writeIni(job('films', 't/a'));
  await started('films');
  writeIni(job('Films', 't/a'));
  await ask('reload');
  expect(await command('status')).toMatch(/^\[Films\] starting$/m);
  expect((await ask('jobs'))?.result).toMatchObject({ jobs: [{ name: 'Films' }] });
  expect(names()).toEqual(['films']);
});
