import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, expect, test } from 'vitest';
import { Crew } from './crew.ts';
import { untilTrue } from './deadline.ts';

const dir = mkdtempSync(`${tmpdir()}/lanmirror-bench-crew-`);
const crews: Crew[] = [];
const newCrew = (): Crew => {
  const crew = new Crew(dir);
  crews.push(crew);
  return crew;
};
afterEach(async () => {
  for (const crew of crews.splice(0)) await crew.end();
});
afterAll(() => rmSync(dir, { recursive: true }));

const isLinux = process.platform === 'linux';
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);
const node = (script: string): string[] => [process.execPath, '-e', script];
const STAYS = 'setInterval(() => undefined, 1000); console.log("up")';

test('what a program says is awaited, also what it said before', async () => {
  const member = newCrew().start('client', node('console.log("port 17")'));
  expect((await member.until(/port (\d+)/, 10_000))[1]).toBe('17');
  await member.finish(10_000);
  expect((await member.until(/port (\d+)/, 10_000))[1]).toBe('17');
});

test('a program that ends early, or badly, is a failure with what it said', async () => {
  const crew = newCrew();
  const member = crew.start('client', node('console.error("no way"); process.exitCode = 3'));
  await expect(member.until(/ready/, 10_000)).rejects.toThrow('no way');
  await expect(member.finish(10_000)).rejects.toThrow('ended with 3');
  const missing = crew.start('client', ['/nowhere/program']);
  await expect(missing.finish(10_000)).rejects.toThrow('ENOENT');
});

test('a program that does not do it in time is a failure', async () => {
  const member = newCrew().start('client', node(STAYS));
  await expect(member.until(/never/, 50)).rejects.toThrow('still waiting for');
  await expect(member.finish(50)).rejects.toThrow('still running');
});

test.runIf(isLinux)('what a program started and left behind ends with it', async () => {
  const crew = newCrew();
  const left = 'setInterval(() => undefined, 1000); console.log("up", process.pid)';
  const member = crew.start('server', ['sh', '-c', '"$0" -e "$1"; true', process.execPath, left]);
  const [, pid] = await member.until(/up (\d+)/, 10_000);
  await crew.end();
  await untilTrue(() => !isAlive(Number(pid)), 'it has ended', 10_000);
});

test.runIf(isLinux)('the memory of all programs of a side counts, those that they started too', async () => {
  const crew = newCrew();
  const member = crew.start('server', ['sh', '-c', '"$0" -e "$1"; true', process.execPath, STAYS]);
  await member.until(/up/, 10_000);
  expect(crew.peaks().server.anonymousBytes).toBeGreaterThan(1 << 20);
  expect(crew.peaks().client.anonymousBytes).toBe(0);
});

test.runIf(isLinux)('the end of a crew is the end of its programs, also of a stopped one', async () => {
  const crew = newCrew();
  const member = crew.start('server', node(STAYS));
  await member.until(/up/, 10_000);
  member.process.kill('SIGSTOP');
  await crew.end();
  expect(isAlive(member.pid)).toBe(false);
});
