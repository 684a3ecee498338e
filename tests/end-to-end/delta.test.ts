/** Of a large file that changed only what changed is sent, and what is sparse stays sparse. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MeteredLine, meteredLine } from './metered-line.ts';
import { makePlace, type Place } from './programs.ts';

const MIB = 1 << 20;
const SIZE = 48 * MIB;
/** What a session costs besides contents: handshakes, words, and the block list. */
const OVERHEAD = MIB / 4;

let place: Place;
let line: MeteredLine;
let cutAt: number;
let cut: () => void;

beforeEach(async () => {
  place = makePlace();
  cutAt = Number.POSITIVE_INFINITY;
  cut = () => undefined;
  const { port } = await place.server();
  line = await meteredLine(port, (bytes) => {
    if (bytes >= cutAt) cut();
  });
});

afterEach(async () => {
  await line.close();
  await place.dispose();
});

const source = (): string => join(place.source, 'large');
const mirror = (): string => join(place.target, 'large');

/** One pass; the bytes that went over the line for it. */
async function sync(code = 0): Promise<number> {
  line.taken();
  const pass = place.once(line.port, 'sync', '--adopt');
  expect(await pass.ended(), pass.output()).toBe(code);
  return line.taken();
}

function expectIdentical(): void {
  expect(Buffer.compare(readFileSync(mirror()), readFileSync(source()))).toBe(0);
}

function patch(path: string, bytes: Uint8Array, position: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, position);
  closeSync(file);
}

/** Changes the mirror as a disk does: size and time stay. */
function damage(position: number): void {
  const kept = join(place.dir, 'kept-time');
  execFileSync('touch', ['-r', mirror(), kept]);
  patch(mirror(), Buffer.from('damage'), position);
  execFileSync('touch', ['-r', kept, mirror()]);
}

test('a change in the middle, an append, a cut, a touch: each costs about what it is', async () => {
  writeFileSync(source(), randomBytes(SIZE));
  expect(await sync()).toBeGreaterThan(SIZE);
  patch(source(), randomBytes(MIB), SIZE / 2 + 1234);
  expect(await sync()).toBeLessThan(1.25 * MIB + OVERHEAD);
  expectIdentical();
  patch(source(), randomBytes(1000), SIZE);
  expect(await sync()).toBeLessThan(OVERHEAD);
  expectIdentical();
  const file = openSync(source(), 'r+');
  ftruncateSync(file, SIZE - 5 * MIB - 7);
  closeSync(file);
  expect(await sync()).toBeLessThan(OVERHEAD);
  expectIdentical();
  const { ino } = lstatSync(mirror());
  utimesSync(source(), 1e9, 1e9);
  expect(await sync()).toBeLessThan(OVERHEAD);
  expect(lstatSync(mirror())).toMatchObject({ ino, mtimeMs: 1e12 });
  expectIdentical();
});

test('something put in front makes all differ: it comes whole, and right', async () => {
  writeFileSync(source(), randomBytes(8 * MIB));
  await sync();
  writeFileSync(source(), Buffer.concat([Buffer.from('x'), readFileSync(source())]));
  const bytes = await sync();
  expect(bytes).toBeGreaterThan(8 * MIB);
  expect(bytes).toBeLessThan(8 * MIB + OVERHEAD);
  expectIdentical();
});

test('a sparse file costs its data only, on the line and on the disk, also when it changes', async () => {
  const file = openSync(source(), 'w');
  for (const at of [0, SIZE / 3, SIZE - 10]) writeSync(file, randomBytes(5000), 0, 5000, Math.floor(at));
  ftruncateSync(file, 2 * SIZE);
  closeSync(file);
  expect(await sync()).toBeLessThan(OVERHEAD);
  expectIdentical();
  expect(lstatSync(mirror()).blocks * 512).toBeLessThan(MIB);
  patch(source(), randomBytes(5000), SIZE / 2);
  expect(await sync()).toBeLessThan(2 * OVERHEAD);
  expectIdentical();
  expect(lstatSync(mirror()).blocks * 512).toBeLessThan(MIB);
});

test('a client that is killed in the middle of a change goes on with what it had', async () => {
  writeFileSync(source(), randomBytes(SIZE));
  await sync();
  patch(source(), randomBytes(SIZE / 2), SIZE / 4);
  line.taken();
  const program = place.client(line.port, 'sync');
  cutAt = SIZE / 4;
  cut = () => program.process.kill('SIGKILL');
  await program.ended();
  cutAt = Number.POSITIVE_INFINITY;
  const staging = join(place.target, '.lanmirror', 'tmp');
  expect(existsSync(staging) && readdirSync(staging).some((name) => name.startsWith('part-'))).toBe(true);
  // About half of what changed was here already; part of it may have been on its way.
  expect(await sync()).toBeLessThan(SIZE / 4 + 12 * MIB);
  expectIdentical();
});

test('what a disk changed behind our back is found by a repair and mended by its own blocks', async () => {
  writeFileSync(source(), randomBytes(SIZE));
  await sync();
  patch(source(), randomBytes(100), SIZE / 2);
  await sync();
  damage(SIZE / 4);
  const verify = place.once(line.port, 'verify', '--repair');
  await verify.ended();
  expect(await sync()).toBeLessThan(OVERHEAD);
  expectIdentical();
});

test('a base that is not what is believed of it costs a transfer, and never a wrong file', async () => {
  writeFileSync(source(), randomBytes(8 * MIB));
  await sync();
  patch(source(), randomBytes(100), 4 * MIB);
  await sync();
  damage(MIB);
  patch(source(), randomBytes(100), 6 * MIB);
  expect(await sync()).toBeGreaterThan(8 * MIB);
  expectIdentical();
});
