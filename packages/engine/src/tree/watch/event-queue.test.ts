import { expect, test } from 'vitest';
import { EventQueue } from './event-queue.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('callbacks of one turn are added up over all watches, those of two turns are not', async () => {
  const queue = new EventQueue(10);
  const told: string[] = [];
  const stop = queue.subscribe((detail) => told.push(detail));
  for (let at = 0; at < 4; at += 1) queue.countCallback();
  await turn();
  for (let at = 0; at < 4; at += 1) queue.countCallback();
  await turn();
  expect(told).toEqual([]);
  for (let at = 0; at < 5; at += 1) queue.countCallback();
  expect(told).toEqual([]);
  await turn();
  expect(told).toEqual(['5 events in one turn of the event loop']);
  stop();
  for (let at = 0; at < 5; at += 1) queue.countCallback();
  await turn();
  expect(told).toHaveLength(1);
});

test('a watch is closed only after a whole reading of the queue has passed', async () => {
  const queue = new EventQueue(16);
  let closed = 0;
  queue.closeLater({ close: () => (closed += 1) });
  expect(closed).toBe(0);
  await turn();
  expect(closed).toBe(0);
  await queue.drained();
  expect(closed).toBe(1);
});

test('watches are closed a sixteenth of the queue at a time, and drained means all of them', async () => {
  const queue = new EventQueue(32);
  const closedInTurn: number[] = [];
  let turns = 0;
  const counting = setInterval(() => {}, 1000);
  const count = () => {
    turns += 1;
    if (closedInTurn.length < 7) setImmediate(count);
  };
  setImmediate(count);
  for (let at = 0; at < 7; at += 1) queue.closeLater({ close: () => closedInTurn.push(turns) });
  await queue.drained();
  clearInterval(counting);
  expect(closedInTurn).toHaveLength(7);
  for (const at of new Set(closedInTurn))
    expect(closedInTurn.filter((each) => each === at).length).toBeLessThanOrEqual(2);
});

test('drained resolves at once when nothing is to be closed', async () => {
  await new EventQueue(16).drained();
});
