import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Configuration, readConfiguration, UserError } from '@lanmirror/engine/host';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseJob, chooseJobs, jobsOf } from './configured-job.ts';
import { checkJobs, jobFaults } from './job-check.ts';

let folder: string;
let ini: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'configured-job-'));
  ini = join(folder, 'client.ini');
});

afterEach(() => rmSync(folder, { recursive: true }));

function read(text: string, flags = {}): Configuration {
  writeFileSync(ini, text);
  return readConfiguration({ section: 'Client', config: ini, flags, env: {}, cwd: folder });
}

const THREE =
  '[Job a]\nTargetDir = a\n[Job My films.2]\nTargetDir = b\nActive = no\n[Job 电影]\nTargetDir = c\n';

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return `${error.message} ${error.nextStep}`.trim();
    throw error;
  }
  throw new Error('it was accepted');
}

describe('which jobs a command is about', () => {
  const jobs = () => jobsOf(read(THREE));
  const names = (...words: string[]): string[] => chooseJobs(jobs(), words).map(({ name }) => name);

  test('without a name all that are active; named ones, active or not, once and in the order of the file', () => {
    expect(names()).toEqual(['a', '电影']);
    expect(names('电影', 'MY FILMS.2', 'my films.2')).toEqual(['My films.2', '电影']);
  });

  test('a name that no job has is refused, with the names that there are', () => {
    expect(refusal(() => names('电景'))).toBe(
      'There is no job "电景". The jobs are "a", "My films.2", "电影". Did you mean "电影"?',
    );
    expect(refusal(() => chooseJob([], 'a'))).toContain('This client has no jobs');
  });

  test('one has to be said where there are several', () => {
    expect(refusal(() => chooseJob(jobs(), undefined))).toBe(
      'This client has 3 jobs: "a", "My films.2", "电影". Say with --job NAME which one is meant.',
    );
    expect(chooseJob(jobsOf(read('[Job a]\n')), undefined).name).toBe('a');
  });

  test('where none is active nothing is chosen silently', () => {
    expect(refusal(() => chooseJobs(jobsOf(read('[Job a]\nActive = no\n')), []))).toContain(
      'No job is active',
    );
  });
});

describe('what is refused of several jobs, with the lines', () => {
  const faults = (text: string, flags = {}): string[] =>
    jobFaults(read(text, flags)).map(({ message }) =>
      message.replaceAll(ini, 'INI').replaceAll(folder, 'DIR'),
    );

  test('nothing, where each has a folder of its own, and nothing without jobs', () => {
    expect(faults(THREE)).toEqual([]);
    expect(faults('[Client]\nTargetDir = a\n')).toEqual([]);
    expect(faults('[Job a]\nTargetDir = a\n[Job b]\nTargetDir = ab\n')).toEqual([]);
  });

  test.each([
    ['a', 'INI line 1, [Job x] and INI line 3, [Job y]: both have DIR/a.'],
    ['a/../a', 'INI line 1, [Job x] and INI line 3, [Job y]: both have DIR/a.'],
    ['a/b', 'INI line 1, [Job x] and INI line 3, [Job y]: the target DIR/a/b of [Job y] lies in DIR/a.'],
    ['.', 'INI line 1, [Job x] and INI line 3, [Job y]: the target DIR/a of [Job x] lies in DIR.'],
    [
      'a/.lanmirror/trash/t',
      'INI line 1, [Job x] and INI line 3, [Job y]: the target DIR/a/.lanmirror/trash/t of [Job y] lies in the trash in DIR/a.',
    ],
  ])('targets a and %s', (other, message) => {
    expect(faults(`[Job x]\nTargetDir = a\n[Job y]\nTargetDir = ${other}\n`)).toEqual([message]);
  });

  test('a target by another name is the same target', () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    expect(faults('[Job x]\nTargetDir = real/t\n[Job y]\nTargetDir = link/t\n')).toHaveLength(1);
  });

  test('a target in the trash of another; trashes may share a folder', () => {
    const shared = '[Client]\nTrashDir = trash\n[Job x]\nTargetDir = a\n[Job y]\nTargetDir =';
    expect(faults(`${shared} b\n`)).toEqual([]);
    expect(faults(`${shared} trash/b\n`)).toEqual([
      'INI line 3, [Job x] and INI line 5, [Job y]: the target DIR/trash/b of [Job y] lies in DIR/trash.',
    ]);
  });

  test('a state folder in the target of another job, which would put it away, and one of two jobs', () => {
    const jobs = (state: string, other = ''): string =>
      `[Job x]\nTargetDir = a\n${other}[Job y]\nTargetDir = b\nStateDir = ${state}\n`;
    expect(faults(jobs('s'))).toEqual([]);
    expect(faults(jobs('s', 'StateDir = s/below\n'))).toEqual([]);
    expect(faults(jobs('trash/s', 'TrashDir = trash\n'))).toEqual([]);
    expect(faults(jobs('a/.state'))).toEqual([
      'INI line 1, [Job x] and INI line 3, [Job y]: the state folder DIR/a/.state of [Job y] lies in DIR/a.',
    ]);
    expect(faults(jobs('s', 'StateDir = s\n'))).toEqual([
      'INI line 1, [Job x] and INI line 4, [Job y]: both have DIR/s.',
    ]);
  });

  const local = (name: string, from: string, to: string): string =>
    `[Job ${name}]\nSource = ${from}\nTargetDir = ${to}\n`;

  test('jobs that mirror in a ring, each with its line; a chain may stand', () => {
    expect(faults(local('one', 'data', 'backup') + local('two', 'backup', 'third'))).toEqual([]);
    expect(faults(local('one', 'data', 'backup') + local('two', 'backup', 'data/mirror'))).toEqual([
      'INI line 1, [Job one] and INI line 4, [Job two]: they mirror in a ring: [Job one] mirrors DIR/data to DIR/backup, [Job two] mirrors DIR/backup to DIR/data/mirror.',
    ]);
    expect(faults(local('one', 'x', 'y') + local('two', 'y', 'x'))).toHaveLength(1);
    const long = local('a', 'x', 'y/below') + local('b', 'y', 'z') + local('c', 'z/part', 'x');
    expect(faults(long)).toEqual([expect.stringContaining('line 7, [Job c]: they mirror in a ring')]);
    expect(faults(`${local('a', 'x', 'y')}TrashDir = z\n${local('b', 'z', 'x')}`)).toHaveLength(1);
  });

  test('a job that cleans what another one mirrors, or mirrors to; what it brings may be passed on', () => {
    const cleaner = `${local('a', 'x', 'y')}CleanSource = 0\n`;
    expect(faults(cleaner + local('b', 'y', 'z'))).toEqual([]);
    expect(faults(local('a', 'x', 'y') + local('b', 'x', 'z'))).toEqual([]);
    expect(faults(cleaner + local('b', 'x', 'z'))).toEqual([
      'INI line 1, [Job a] and INI line 5, [Job b]: what [Job a] cleans from DIR/x would be a deletion for [Job b], which has DIR/x.',
    ]);
    for (const other of [
      local('b', 'x/below', 'z'),
      local('b', '.', 'z'),
      local('b', 'w', 'x'),
      local('b', 'w', 'x/t'),
    ])
      expect(faults(cleaner + other).join()).toContain('what [Job a] cleans from DIR/x');
  });

  test('a ring that a job closes which does not run: only as soon as it is to run', () => {
    const jobs = `${local('one', 'x', 'y')}${local('back', 'y', 'x')}Active = no\n`;
    expect(faults(jobs)).toEqual([]);
    expect(() => checkJobs(read(jobs), ['one', 'BACK'])).toThrow('they mirror in a ring');
  });

  test('a ring by way of a link', () => {
    mkdirSync(join(folder, 'data'));
    symlinkSync(join(folder, 'data'), join(folder, 'other'));
    expect(faults(local('one', 'data', 'backup') + local('two', 'backup', 'other/m'))).toHaveLength(1);
  });

  test('a job without a target, and a target without a job', () => {
    expect(faults('[Client]\nTargetDir = a\n[Job x]\n')).toEqual([
      'INI line 2, TargetDir: this is for one mirror, and there are jobs beside it (INI line 3, [Job x]).',
      'INI line 3, [Job x]: TargetDir is not set.',
    ]);
    expect(faults('[Job x]\nTargetDir = x\n', { 'state-dir': 's' })).toEqual([
      '--state-dir: this is for one mirror, and there are jobs beside it (INI line 1, [Job x]).',
    ]);
  });
});
