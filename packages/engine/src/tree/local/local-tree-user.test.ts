/** The local tree as a user who is not root, in a child process. What cannot be had here is a visible skip. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { canMount, makeTreeForEach, modeIn, root, run, scratch } from './tree-steps.suite.ts';

const canBeNobody = spawnSync('setpriv', ['--reuid', '65534', '--clear-groups', 'true']).status === 0;
const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];

makeTreeForEach();

describe.skipIf(!canBeNobody)('as an unprivileged user (skipped where the user cannot be changed)', () => {
  const owned = { setUp: 'chown 65534 "$0"', wrap: NOBODY };

  test('what is not permitted to be read is DENIED, never absent', () => {
    writeFileSync(join(root, 'file'), 'x', { mode: 0o600 });
    mkdirSync(join(root, 'folder'), { mode: 0o700 });
    writeFileSync(join(root, 'folder', 'inside'), 'x');
    const outcomes = run(
      [
        ['text', 'file'],
        ['list', 'folder'],
        ['stat', 'folder/inside'],
        ['stat', 'folder/absent'],
        ['stat', 'folder'],
      ],
      { wrap: NOBODY },
    );
    expect(outcomes.map(({ code }) => code)).toEqual(['DENIED', 'DENIED', 'DENIED', 'DENIED', undefined]);
  });

  test('inside a read-only folder of ours everything works and its mode comes back', () => {
    const outcomes = run(
      [
        ['makeDirectory', 'ro', 0o755],
        ['makeDirectory', 'ro/in', 0o755],
        ['put', 'ro/in/old', 'old'],
        ['setMetadata', 'ro/in', { mode: 0o555 }],
        ['setMetadata', 'ro', { mode: 0o555 }],
        ['put', 'ro/in/new', 'new'],
        ['put', 'ro/in/old', 'newer', true],
        ['makeDirectory', 'ro/in/sub', 0o500],
        ['makeLink', 'ro/in/sub/link', 'x', 0],
        ['move', 'ro/in/new', 'ro/in/sub/moved', { replace: false }],
        ['keepVersion', 'ro/in/old'],
        ['putAway', 'ro/in/old'],
        ['move', 'ro/in', 'moved', { replace: false }],
        ['text', 'moved/sub/moved'],
        ['stat', 'moved'],
        ['stat', 'moved/sub'],
        ['stat', 'ro'],
        ['putAway', 'moved/sub/moved'],
        ['putAway', 'moved'],
        ['putAway', 'ro'],
        ['list', ''],
        ['flush'],
      ],
      owned,
    );
    expect(outcomes.filter(({ code }) => code !== undefined)).toEqual([]);
    expect(outcomes[13]).toEqual({ value: 'new' });
    expect([14, 15, 16].map((at) => modeIn(outcomes[at]))).toEqual([0o555, 0o500, 0o555]);
    expect(outcomes[20]).toMatchObject({ value: { names: [] } });
  });

  test.each([0o000, 0o600, 0o200].map((mode) => ({ mode, name: mode.toString(8) })))(
    'a folder of ours of mode $name, which lets not even us in, is worked in, and its mode comes back',
    ({ mode }) => {
      const outcomes = run(
        [
          ['makeDirectory', 'shut', mode],
          ['put', 'shut/new', 'new'],
          ['put', 'shut/new', 'newer', true],
          ['makeDirectory', 'shut/sub', mode],
          ['put', 'shut/sub/deep', 'x'],
          ['stat', 'shut/sub/deep'],
          ['text', 'shut/new'],
          ['makeLink', 'shut/link', 'x', 0],
          ['readLink', 'shut/link'],
          ['list', 'shut'],
          ['putAway', 'shut/sub/deep'],
          ['remove', 'shut/sub'],
          ['stat', 'shut'],
        ],
        owned,
      );
      expect(outcomes.filter(({ code }) => code !== undefined)).toEqual([]);
      expect(outcomes[6]).toEqual({ value: 'newer' });
      expect(outcomes[9]).toMatchObject({ value: { names: expect.arrayContaining(['new', 'link', 'sub']) } });
      expect(modeIn(outcomes[12])).toBe(mode);
    },
  );

  test.skipIf(!canMount)(
    'a shut folder of ours on a disk that is read-only is a problem of its path, no fault of ours',
    () => {
      const shut = 'mkdir "$0"/shut; echo x > "$0"/shut/file; chown -R 65534 "$0"; chmod 0 "$0"/shut';
      const outcomes = run(
        [
          ['stat', 'shut/file'],
          ['list', 'shut'],
          ['readLink', 'shut/file'],
          ['text', 'shut/file'],
        ],
        { ...owned, setUp: `mount -t tmpfs none "$0"; ${shut}; mount -o remount,ro "$0"` },
      );
      expect(outcomes.map(({ code }) => code)).toEqual(Array(4).fill('READ_ONLY'));
    },
  );

  test('the top of the target gets no mode that would shut us out of it', () => {
    const outcomes = run(
      [
        ['setMetadata', '', { mode: 0 }],
        ['setMetadata', '', { mode: 0o655 }],
        ['setMetadata', '', { mode: 0o555 }],
        ['put', 'new', 'x'],
        ['stat', ''],
      ],
      owned,
    );
    expect(outcomes.map(({ code }) => code)).toEqual(['DENIED', 'DENIED', undefined, undefined, undefined]);
    expect(modeIn(outcomes[4])).toBe(0o555);
  });

  test('single files are pruned from a folder in the trash that is read-only, which stays so', () => {
    const outcomes = run(
      [
        ['makeDirectory', 'ro', 0o755],
        ['put', 'ro/one', '1'],
        ['put', 'ro/two', '2'],
        ['setMetadata', 'ro', { mode: 0o555 }],
        ['putAway', 'ro'],
        ['prune', 'ro/one'],
        ['sh', `cd "${root}"/.lanmirror/trash/2* && stat -c '%a %n' ro ro/*`],
        ['prune', 'ro/two'],
        ['sh', `cd "${root}"/.lanmirror/trash && ls -d 2*/* 2>/dev/null || true`],
      ],
      owned,
    );
    expect(outcomes.map(({ code }) => code).filter((code) => code !== undefined)).toEqual([]);
    expect(outcomes[6]).toEqual({ value: '555 ro\n640 ro/two\n' });
    expect(outcomes[8]).toEqual({ value: '' });
  });

  test('in a read-only folder of somebody else everything is DENIED', () => {
    mkdirSync(join(root, 'theirs'), { mode: 0o755 });
    writeFileSync(join(root, 'theirs', 'file'), 'x');
    const outcomes = run(
      [
        ['put', 'theirs/new', 'x'],
        ['putAway', 'theirs/file'],
        ['makeDirectory', 'theirs/sub', 0o755],
        ['text', 'theirs/file'],
      ],
      owned,
    );
    expect(outcomes.map(({ code }) => code)).toEqual(['DENIED', 'DENIED', 'DENIED', undefined]);
  });

  test('files of ours that we may not read are read, and put into a trash on another disk, and their modes come back', () => {
    const outcomes = run(
      [
        ['makeDirectory', 'shut', 0],
        ['put', 'file', 'x'],
        ['setMetadata', 'file', { mode: 0 }],
        ['put', 'shut/file', 'y'],
        ['setMetadata', 'shut/file', { mode: 0o200 }],
        ['text', 'file'],
        ['text', 'shut/file'],
        ['stat', 'file'],
        ['stat', 'shut/file'],
        ['stat', 'shut'],
        ['putAway', 'file'],
        ['putAway', 'shut/file'],
        ['list', 'shut'],
      ],
      {
        ...owned,
        setUp: `${owned.setUp}; mkdir "${scratch}"/other; ${canMount ? `mount -t tmpfs none "${scratch}"/other;` : ''} chown 65534 "${scratch}"/other`,
        options: { trashDir: join(scratch, 'other') },
      },
    );
    expect(outcomes.filter(({ code }) => code !== undefined)).toEqual([]);
    expect([5, 6].map((at) => outcomes[at]?.value)).toEqual(['x', 'y']);
    expect([7, 8, 9].map((at) => modeIn(outcomes[at]))).toEqual([0, 0o200, 0]);
    expect(outcomes[12]).toMatchObject({ value: { names: [] } });
  });

  test('files without permission to read them are changed and flushed all the same', () => {
    const outcomes = run(
      [
        ['put', 'file', 'x'],
        ['setMetadata', 'file', { mode: 0 }],
        ['setMetadata', 'file', { mtimeUs: 7 }],
        ['flush'],
        ['putAway', 'file'],
      ],
      owned,
    );
    expect(outcomes.filter(({ code }) => code !== undefined)).toEqual([]);
    expect(outcomes[2]).toMatchObject({ value: { mode: 0, mtimeNs: 7000 } });
  });
});
