import { expect, test } from 'vitest';
import { TreeError } from '../error.ts';
import { guard, guardAbsence, isAbsence, toTreeError } from './fs-error.ts';

const systemError = (code: string) =>
  Object.assign(new Error(`${code}: at /proc/self/fd/7/x`), { code, syscall: 'open' });

test('only ENOENT and ENOTDIR mean absent', () => {
  const others = [
    'EACCES',
    'EPERM',
    'EIO',
    'ELOOP',
    'ENAMETOOLONG',
    'ESTALE',
    'EMFILE',
    'ENOTCONN',
    'ENODEV',
    'EUNKNOWN',
  ];
  for (const code of ['ENOENT', 'ENOTDIR']) {
    expect(isAbsence(systemError(code))).toBe(true);
    expect(guardAbsence('x', () => fail(code))).toBeUndefined();
  }
  for (const code of others) {
    expect(isAbsence(systemError(code))).toBe(false);
    expect(() => guardAbsence('x', () => fail(code))).toThrow(TreeError);
    expect(toTreeError(systemError(code), 'x')).not.toMatchObject({ code: 'ABSENT' });
  }
});

test.each([
  ['EACCES', 'DENIED'],
  ['EROFS', 'READ_ONLY'],
  ['ENOSPC', 'NO_SPACE'],
  ['EDQUOT', 'NO_SPACE'],
  ['EMFILE', 'TOO_MANY_OPEN'],
  ['ENFILE', 'TOO_MANY_OPEN'],
  ['ENAMETOOLONG', 'NAME_TOO_LONG'],
  ['EBUSY', 'BUSY'],
  ['ENOTEMPTY', 'NOT_EMPTY'],
  ['ELOOP', 'NOT_A_FILE'],
  ['EIO', 'IO'],
  ['EWHATEVER', 'IO'],
])('%s is %s, told without our own handles and with the cause', (code, meaning) => {
  const cause = systemError(code);
  const error = toTreeError(cause, 'a/b');
  expect(error).toMatchObject({ code: meaning, path: 'a/b', cause });
  expect(error instanceof Error && error.message).not.toContain('/proc');
});

test('an error that is not the system’s passes through as it is', () => {
  const defect = new RangeError('a defect');
  expect(() => guard('x', () => fail(defect))).toThrow(defect);
  const known = new TreeError('BUSY', 'y', 'busy');
  expect(() => guard('x', () => fail(known))).toThrow(known);
});

function fail(error: unknown): never {
  throw typeof error === 'string' ? systemError(error) : error;
}
