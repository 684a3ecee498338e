import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';
import { test } from 'vitest';
import {
  ChokidarWatcher,
  createChokidarWatcher,
} from '/work/main/packages/engine/src/tree/watch/chokidar-watcher.ts';
import { createNativeWatcher } from '/work/main/packages/engine/src/tree/watch/native-watcher.ts';
import { ReferenceConsumer } from '/work/main/packages/engine/src/tree/watch/reference-consumer.ts';

const N = Number(process.env.N ?? 60);
const kind = process.env.KIND ?? 'chokidar';
test('x', async () => {
  let bad = 0;
  for (let i = 0; i < N; i++) {
    const base = fs.mkdtempSync('/tmp/h/w/c-');
    fs.mkdirSync(base + '/root');
    fs.mkdirSync(base + '/outside/full/sub', { recursive: true });
    let w: any;
    const c = new ReferenceConsumer(
      base + '/root',
      (r, l) => (w = (kind === 'native' ? createNativeWatcher : createChokidarWatcher)(r, l)),
    );
    await c.start();
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 0xffffffff));
    await promisify(execFile)(process.execPath, [
      '/work/main/packages/engine/src/tree/watch/churn-child.mjs',
      'churn',
      base + '/root',
      base + '/outside',
      String(seed),
      process.env.STEPS ?? '250',
    ]);
    const dirs = (d: string): string[] => [
      d,
      ...fs
        .readdirSync(d, { withFileTypes: true })
        .filter((e) => e.isDirectory())
        .flatMap((e) => dirs(d + '/' + e.name)),
    ];
    let phase = 1;
    try {
      await c.settled(4000);
      phase = 2;
      for (const d of dirs(base + '/root')) fs.writeFileSync(d + '/last', 'x');
      await c.settled(4000);
    } catch (e: any) {
      bad++;
      const inner = w.inner?.();
      console.log(
        'BAD',
        seed,
        'phase',
        phase,
        String(e.message ?? e).slice(0, 500),
        'losses',
        JSON.stringify(c.losses),
        'tasks',
        inner?.lifecycle.tasks.size,
        'closers',
        inner && [...inner.lifecycle.closers.keys()].length,
        'dirs',
        dirs(base + '/root').length,
      );
    }
    if (c.losses.length) console.log('LOSSES', seed, JSON.stringify(c.losses));
    await Promise.race([c.stop(), new Promise((r) => setTimeout(r, 1000)).then(() => {})]);
    fs.rmSync(base, { recursive: true, force: true });
  }
  console.log('RESULT', kind, bad, 'of', N);
}, 3_000_000);
