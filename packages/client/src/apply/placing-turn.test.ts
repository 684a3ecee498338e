import { expect, test } from 'vitest';
import { PlacingTurn } from './placing-turn.ts';

/** A placing that ends when it is told to. */
function placing(turn: PlacingTurn): { end(): void; readonly done: Promise<void> } {
  let end = (): void => undefined;
  const done = turn.run(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  return { end: () => end(), done };
}

test('work on the target as a whole begins when all that was begun is recorded, and nothing begins beside it', async () => {
  const turn = new PlacingTurn();
  const events: string[] = [];
  const first = placing(turn);
  const second = placing(turn);
  const work = turn.alone(async () => {
    events.push('work');
    expect(turn.isOpen).toBe(false);
  });
  expect(turn.isOpen).toBe(false);
  first.end();
  await first.done;
  expect(events).toEqual([]);
  second.end();
  await work;
  expect(events).toEqual(['work']);
  expect(turn.isOpen).toBe(true);
});

test('work that fails, and a placing that fails, let others go on', async () => {
  const turn = new PlacingTurn();
  await expect(turn.alone(() => Promise.reject(new Error('work')))).rejects.toThrow('work');
  await expect(turn.run(() => Promise.reject(new Error('placing')))).rejects.toThrow('placing');
  expect(turn.isOpen).toBe(true);
  await turn.alone(async () => undefined);
});

test('only so many are placed at once that who waits for them does not wait long', async () => {
  const turn = new PlacingTurn();
  const running = [];
  while (turn.isOpen) running.push(placing(turn));
  expect(running.length).toBeGreaterThan(1);
  expect(running.length).toBeLessThan(10);
  for (const { end } of running) end();
  await Promise.all(running.map(({ done }) => done));
  expect(turn.isOpen).toBe(true);
});
