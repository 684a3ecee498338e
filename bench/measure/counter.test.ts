import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseBegunTicks, parseCpuTicks, parseMemory, parseTraffic } from './counter.ts';

test('memory is read in bytes; a process that has ended has none', () => {
  const status = 'Name:\tnode\nVmHWM:\t   71884 kB\nVmRSS:\t   60000 kB\nRssAnon:\t   20000 kB\n';
  expect(parseMemory(status)).toEqual({ peakBytes: 71884 * 1024, anonymousBytes: 20000 * 1024 });
  expect(parseMemory('Name:\tnode\nState:\tZ (zombie)\n')).toEqual({ peakBytes: 0, anonymousBytes: 0 });
});

test('traffic is what came and went, without the loopback', () => {
  const dev = [
    'Inter-|   Receive                                                |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls',
    '    lo:  999999   10    0    0    0     0          0         0   999999   10    0    0    0     0',
    '  eth0:    1000   10    0    0    0     0          0         0      234    9    0    0    0     0',
    'veth1:5 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0',
  ].join('\n');
  expect(parseTraffic(dev)).toBe(1240);
});

test('processor time and beginning are found behind whatever a program is called', () => {
  const stat = '42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 17 25 0 0 20 0 11 0 100 1000 10';
  expect(parseCpuTicks(stat)).toBe(42);
  expect(parseBegunTicks(stat)).toBe(100);
  expect(parseBegunTicks('')).toBe(0);
});

test.runIf(process.platform === 'linux')('the files of this machine have this form', () => {
  const memory = parseMemory(readFileSync('/proc/self/status', 'utf8'));
  expect(memory.peakBytes).toBeGreaterThan(memory.anonymousBytes);
  expect(memory.anonymousBytes).toBeGreaterThan(1 << 20);
  expect(parseCpuTicks(readFileSync('/proc/self/stat', 'utf8'))).toBeGreaterThan(0);
});
