import { expect, test } from 'vitest';
import { plainProgress } from './progress.ts';

const MIB = 1 << 20;

function create() {
  const clock = { now: 1000 };
  const said: string[] = [];
  const progress = plainProgress(
    () => clock.now,
    (text) => said.push(text),
  );
  return { clock, said, progress };
}

test('a pass tells a line every three seconds and the last one', async () => {
  const { clock, said, progress } = create();
  clock.now += 60_000;
  await progress.begin('full', 100);
  for (let done = 1; done <= 100; done += 1) {
    clock.now += 100;
    progress.advance('full', done, 100);
  }
  expect(said).toEqual([
    'Full sync: 30/100 (30.0%)',
    'Full sync: 60/100 (60.0%)',
    'Full sync: 90/100 (90.0%)',
    'Full sync: 100/100 (100.0%)',
  ]);
});

test('a slow copy tells a line every three seconds and its end, and does not silence the pass', async () => {
  const { clock, said, progress } = create();
  await progress.begin('incremental', 10);
  for (let done = 1; done <= 4; done += 1) {
    clock.now += 2000;
    progress.copying('film', done * MIB, 4 * MIB);
    progress.advance('incremental', done, 10);
  }
  expect(said).toEqual([
    'Copying film: 2.0MB/4.0MB (50.0%)',
    'Incremental sync: 2/10 (20.0%)',
    'Copying film: 4.0MB/4.0MB (100.0%)',
    'Incremental sync: 4/10 (40.0%)',
  ]);
});

test('files that are copied quickly have no line each', async () => {
  const { clock, said, progress } = create();
  await progress.begin('full', 100);
  for (let at = 0; at < 100; at += 1) {
    clock.now += 10;
    progress.copying(`file ${at}`, 2 * MIB, 2 * MIB);
  }
  expect(said).toEqual([]);
});
