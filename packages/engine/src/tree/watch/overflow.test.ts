import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kernelQueueLength, OverflowDetector } from './overflow.ts';

const seed = process.env.SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.SEED);

test(`a turn raises the alarm exactly when it brought half the queue or more, whatever came before, SEED=${seed}`, () => {
  const turns = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 20 });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), turns, (queueLength, counts) => {
      const detector = new OverflowDetector(queueLength);
      for (const count of counts) {
        for (let at = 0; at < count; at += 1) detector.count();
        expect(detector.endTurn()).toBe(count * 2 >= queueLength ? count : undefined);
      }
    }),
    { seed },
  );
});

test('the length of the queue is read from the system, and is the default where there is none', () => {
  const folder = fs.mkdtempSync(join(os.tmpdir(), 'lanmirror-queue-'));
  const file = join(folder, 'length');
  fs.writeFileSync(file, '4096\n');
  expect(kernelQueueLength(file)).toBe(4096);
  fs.writeFileSync(file, 'garbage');
  expect(kernelQueueLength(file)).toBe(16_384);
  expect(kernelQueueLength(join(folder, 'absent'))).toBe(16_384);
  fs.rmSync(folder, { recursive: true });
});
