import { expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../../tests/simulation/scheduler.ts';
import { ProblemList } from './problem-list.ts';
import { ProblemLog } from './problem-log.ts';

function makeLog() {
  const scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  const problems = new ProblemList();
  const lines: string[] = [];
  const log = new ProblemLog(new ProcessClock(scheduler), problems, (text) =>
    lines.push(text.replace(/\): .*/, ')')),
  );
  const minute = async (): Promise<void> => {
    const endMs = scheduler.nowMs + 60_000;
    while (await scheduler.step(endMs));
    scheduler.nowMs = endMs;
  };
  return { problems, log, lines, minute };
}

test('a problem is told once, when it comes up, and again when it comes back or is another one', () => {
  const { problems, log, lines } = makeLog();
  problems.add('a', 'DENIED', true);
  log.tell();
  problems.add('a', 'DENIED', true);
  log.tell();
  expect(lines).toEqual(['Not mirrored: a (DENIED)']);
  problems.add('a', 'IO', true);
  log.tell();
  problems.clear('a');
  problems.add('a', 'IO', true);
  log.tell();
  expect(lines.slice(1)).toEqual(['Not mirrored: a (IO)', 'Not mirrored: a (IO)']);
});

test('of a folder that is mirrored all the same nobody hears that it is not', () => {
  const { problems, log, lines } = makeLog();
  problems.add('d', 'ignore-kept', false);
  problems.add('e', 'ignore-unknown', true);
  log.tell();
  expect(lines).toEqual([
    'Mirrored by its earlier rules: d (ignore-kept)',
    'Not mirrored: e (ignore-unknown)',
  ]);
});

test('what is well again before it could be told is not told', () => {
  const { problems, log, lines } = makeLog();
  problems.add('a', 'IO', true);
  problems.clear('a');
  log.tell();
  expect(lines).toEqual([]);
});

test('twenty lines are told in a minute, then how many there were beyond, then the next are told', async () => {
  const { problems, log, lines, minute } = makeLog();
  for (let at = 0; at < 50; at += 1) problems.add(`${at}`, 'IO', true);
  log.tell();
  for (let at = 50; at < 60; at += 1) problems.add(`${at}`, 'IO', true);
  log.tell();
  expect(lines).toHaveLength(20);
  await minute();
  expect(lines.slice(20)).toEqual(['Not mirrored: 40 more paths since the last one named']);
  problems.add('next', 'IO', true);
  log.tell();
  expect(lines.at(-1)).toBe('Not mirrored: next (IO)');
});

test('a folder that cannot be listed is not told again because a look at it found nothing amiss', () => {
  const { problems, log, lines } = makeLog();
  for (let at = 0; at < 3; at += 1) {
    problems.add('d', 'DENIED', true, 'listing');
    log.tell();
    problems.clear('d');
  }
  expect(lines).toEqual(['Not mirrored: d (DENIED)']);
  problems.clear('d', 'listing');
  expect(problems.count).toBe(0);
});

test('a line has the cause and the next step', () => {
  const scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  const problems = new ProblemList();
  const lines: string[] = [];
  const log = new ProblemLog(new ProcessClock(scheduler), problems, (text) => lines.push(text));
  problems.add('a', 'unmounted', true);
  log.tell();
  log.stop();
  expect(lines).toEqual([
    'Not mirrored: a (unmounted): the disk that was mounted there is not. Mount it again; if it is meant to be gone, remove its empty folder.',
  ]);
});
