import { afterEach, expect, test, vi } from 'vitest';
import { createLog, type LogLevel, waitingLog, writeLine } from './log.ts';

afterEach(() => vi.restoreAllMocks());

test.each([
  ['error', ['error']],
  ['warn', ['error', 'warn']],
  ['info', ['error', 'warn', 'info']],
  ['debug', ['error', 'warn', 'info', 'debug']],
] as const)('LogLevel %s tells %j', (level, told) => {
  const said: [LogLevel, string][] = [];
  const log = createLog(level, (at, text) => said.push([at, text]));
  for (const at of ['error', 'warn', 'info', 'debug'] as const) log[at](`text of ${at}`);
  expect(said).toEqual(told.map((at) => [at, `text of ${at}`]));
});

test('information that waits comes in its order when it is let go, and once; a fault waits for nothing', () => {
  const said: string[] = [];
  const { log, release } = waitingLog(createLog('info', (at, text) => said.push(`${at} ${text}`)));
  log.info('first');
  log.debug('not at this level');
  log.error('a fault');
  log.info('second');
  expect(said).toEqual(['error a fault']);
  release();
  log.info('third');
  release();
  expect(said).toEqual(['error a fault', 'info first', 'info second', 'info third']);
});

test('a hostile name inside a line neither breaks it nor moves the cursor', () => {
  const out: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  writeLine('info', 'a\nDeleted: b\u001b[2J\u202e文');
  vi.restoreAllMocks();
  expect(out).toEqual(['a\\nDeleted: b\\x1b[2J\\u202e文\n']);
});

test('warnings and errors go to standard error, everything else to standard output, a line each', () => {
  const out: string[] = [];
  const err: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0);
  for (const at of ['error', 'warn', 'info', 'debug'] as const) writeLine(at, at);
  vi.restoreAllMocks();
  expect([out, err]).toEqual([
    ['info\n', 'debug\n'],
    ['error\n', 'warn\n'],
  ]);
});
