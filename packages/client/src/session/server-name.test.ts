import { expect, test } from 'vitest';
import { hostAndPort } from './server-name.ts';

test('the port of an IPv6 address stands behind brackets, and that of every other host alone', () => {
  expect(hostAndPort('fe80::1', 8080)).toBe('[fe80::1]:8080');
  expect(hostAndPort('192.0.2.1', 8080)).toBe('192.0.2.1:8080');
  expect(hostAndPort('nas', '8080')).toBe('nas:8080');
});
