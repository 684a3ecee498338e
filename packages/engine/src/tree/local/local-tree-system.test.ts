/**
 * The local tree under conditions that need a mount of its own or a failing system call: each runs in a child
 * process, in a mount namespace that ends with it. What cannot be had here is a visible skip.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TargetOptions } from './index.ts';
import { canMount, makeTreeForEach, root, run, type Step, scratch } from './tree-steps.suite.ts';

const canInject =
  spawnSync('strace', ['-qq', '-o', '/dev/null', '-e', 'inject=fsync:error=EIO', 'true']).status === 0;

makeTreeForEach();

describe.skipIf(!canMount)(
  'with file systems mounted (skipped where mount namespaces are not allowed)',
  () => {
    const nested = 'mkdir "$0/disk"; mount -t tmpfs -o size=4m none "$0/disk"';

    test('a file is published whole into a nested mount, replaced there, and nothing of ours stays beside it', () => {
      const outcomes = run(
        [
          ['put', 'disk/film', 'first'],
          ['put', 'disk/film', 'refused'],
          ['put', 'disk/film', 'second', true],
          ['text', 'disk/film'],
          ['list', 'disk'],
          ['stat', 'disk/film'],
          ['listStaged'],
          ['flush'],
        ],
        { setUp: nested },
      );
      expect(outcomes[1]).toMatchObject({ code: 'EXISTS' });
      expect(outcomes[3]).toEqual({ value: 'second' });
      expect(outcomes[4]).toMatchObject({ value: { names: ['film'] } });
      expect(outcomes[5]).toMatchObject({ value: { mode: 0o640, mtimeNs: 1_234_567_000 } });
      expect(outcomes[6]).toEqual({ value: [] });
      expect(outcomes[7]).toEqual({});
    });

    test('what is put away, moved or parked across file systems arrives whole and leaves nothing', () => {
      const outcomes = run(
        [
          ['makeDirectory', 'disk/a', 0o750],
          ['put', 'disk/a/file', 'deep'],
          ['makeLink', 'disk/a/link', '../x', 5],
          ['move', 'disk/a', 'b', { replace: false }],
          ['text', 'b/file'],
          ['park', 'b', 'p'],
          ['unpark', 'p', 'disk/c'],
          ['readLink', 'disk/c/link'],
          ['keepVersion', 'disk/c/file'],
          ['putAway', 'disk/c'],
          ['list', 'disk'],
          ['list', ''],
          ['listStaged'],
          ['sh', `cd ${root}/.lanmirror/trash/*/disk && cat c/file 'c ~'*/file && stat -c %a 'c ~'*`],
        ],
        { setUp: nested },
      );
      expect(outcomes.map(({ code }) => code)).toEqual(outcomes.map(() => undefined));
      expect(outcomes[4]).toEqual({ value: 'deep' });
      expect(outcomes[7]).toEqual({ value: '../x' });
      expect(outcomes[10]).toMatchObject({ value: { names: [] } });
      expect(outcomes[11]).toMatchObject({ value: { names: ['disk'] } });
      expect(outcomes[12]).toEqual({ value: [] });
      expect(outcomes[13]).toEqual({ value: 'deepdeep750\n' });
    });

    test('a folder in which something is mounted is not put away, copied to another disk or removed; it may be renamed', () => {
      const usb = `${root}/a/usb`;
      const steps: Step[] = [
        ['makeDirectory', 'a', 0o755],
        ['makeDirectory', 'a/usb', 0o755],
        ['sh', `mount --bind ${scratch}/bound ${usb}`],
        ['putAway', 'a'],
        ['putAway', 'a/usb'],
        ['move', 'a', 'disk/a', { replace: false }],
        ['remove', 'a/usb'],
        ['move', 'a', 'b', { replace: false }],
        ['mountedIn', 'b'],
        ['text', 'b/usb/precious'],
        ['sh', `umount ${root}/b/usb`],
        ['putAway', 'b'],
      ];
      const bound = `mkdir ${scratch}/bound; echo -n kept > ${scratch}/bound/precious; ${nested}`;
      const outcomes = run(steps, { setUp: bound });
      expect(outcomes.slice(3, 7).map(({ code }) => code)).toEqual(Array(4).fill('MOUNTED'));
      expect(outcomes.slice(7).map(({ code }) => code)).toEqual(Array(5).fill(undefined));
      expect(outcomes[8]).toEqual({ value: ['b/usb'] });
      expect(outcomes[9]).toEqual({ value: 'kept' });
      expect(readFileSync(join(scratch, 'bound', 'precious'), 'utf8')).toBe('kept');
    });

    test('a trash on another disk takes folders by copy, and when it is not there nothing is put away', () => {
      const trashDir = join(scratch, 'other', 'trash');
      const outcomes = run(
        [
          ['makeDirectory', 'a', 0o755],
          ['put', 'a/file', 'deep'],
          ['putAway', 'a'],
          ['stat', 'a'],
          ['sh', `cat ${trashDir}/*-*-*/a/file`],
          ['put', 'kept', 'precious'],
          ['sh', `rm -r ${trashDir}`],
          ['putAway', 'kept'],
          ['text', 'kept'],
        ],
        { setUp: `mkdir ${scratch}/other; mount -t tmpfs none ${scratch}/other`, options: { trashDir } },
      );
      expect(outcomes[3]).toEqual({});
      expect(outcomes[4]).toEqual({ value: 'deep' });
      expect(outcomes[7]).toMatchObject({ code: 'IO' });
      expect(outcomes[8]).toEqual({ value: 'precious' });
    });

    test('on a full disk nothing half gets a final name, the old version stays, and deleting still works', () => {
      const outcomes = run(
        [
          ['put', 'old', 'whole'],
          ['fill', 'big'],
          ['putBytes', 'new', 2_000_000],
          ['putBytes', 'old', 2_000_000, true],
          ['list', ''],
          ['text', 'old'],
          ['putAway', 'old'],
          ['sweepStaged', 'big'],
          ['put', 'new', 'fits'],
          ['text', 'new'],
        ],
        { setUp: 'mount -t tmpfs -o size=1m none "$0"' },
      );
      expect([1, 2, 3].map((at) => outcomes[at]?.code)).toEqual(['NO_SPACE', 'NO_SPACE', 'NO_SPACE']);
      expect(outcomes[4]).toMatchObject({ value: { names: ['old'] } });
      expect(outcomes[5]).toEqual({ value: 'whole' });
      expect(outcomes[6]?.code).toBeUndefined();
      expect(outcomes[9]).toEqual({ value: 'fits' });
    });

    test('a full nested disk gets nothing half, beside a name or under it', () => {
      const outcomes = run([['putBytes', 'disk/big', 8_000_000], ['list', 'disk'], ['listStaged']], {
        setUp: nested,
      });
      expect(outcomes[0]).toMatchObject({ code: 'NO_SPACE' });
      expect(outcomes[1]).toMatchObject({ value: { names: [] } });
      expect(outcomes[2]).toEqual({ value: [] });
    });

    test('a copy that a kill left beside its place is swept by its note', () => {
      const steps: Step[] = [
        ['put', 'disk/real', 'stays'],
        [
          'sh',
          `echo half >${root}/disk/.lanmirror-tmp-0123; printf disk/.lanmirror-tmp-0123 >${root}/.lanmirror/tmp/.lanmirror-tmp-0123`,
        ],
        ['sh', `printf disk/real >${root}/.lanmirror/tmp/.lanmirror-tmp-forged`],
        ['listStaged'],
        ['sweepStaged', '.lanmirror-tmp-0123'],
        ['sweepStaged', '.lanmirror-tmp-forged'],
        ['list', 'disk'],
        ['listStaged'],
      ];
      const outcomes = run(steps, { setUp: nested });
      expect(outcomes[3]?.value).toHaveLength(2);
      expect(outcomes[6]).toMatchObject({ value: { names: ['real'] } });
      expect(outcomes[7]).toEqual({ value: [] });
    });

    test('a read-only file system is READ_ONLY', () => {
      const [outcome] = run([['makeDirectory', 'a', 0o755]], { setUp: 'mount -t tmpfs -o ro none "$0"' });
      expect(outcome).toMatchObject({ code: 'READ_ONLY' });
    });

    test('no descriptor keeps a tree from being unmounted once the turn is over', () => {
      const outcomes = run(
        [
          ['put', 'file', 'x'],
          ['stat', 'file'],
          ['sh', `umount ${root}`],
          ['stat', 'file'],
        ],
        { setUp: 'mount -t tmpfs none "$0"' },
      );
      expect(outcomes[1]).toMatchObject({ value: { kind: 'file' } });
      expect(outcomes[2]).toEqual({ value: '' });
      expect(outcomes[3]).toEqual({});
    });
  },
);

describe.skipIf(!canInject)('with failing system calls (skipped without strace)', () => {
  const inject = (fault: string) => ({
    wrap: [
      'env',
      'UV_THREADPOOL_SIZE=1',
      'strace',
      '-f',
      '-qq',
      '-o',
      join(scratch, 'log'),
      '-e',
      `inject=${fault}`,
    ],
  });

  test('an error of fsync is FLUSH_FAILED, and a file that must be flushed first gets no name', () => {
    const steps: Step[] = [['makeDirectory', 'a', 0o755], ['flush'], ['put', 'a/file', 'x'], ['list', 'a']];
    const late = run(steps, inject('fsync:error=EIO'));
    expect(late.map(({ code }) => code)).toEqual([undefined, 'FLUSH_FAILED', undefined, undefined]);
    const options: TargetOptions = { durability: 'strict' };
    rmSync(root, { recursive: true });
    mkdirSync(root);
    const strict = run(steps, { ...inject('fsync:error=EIO'), options });
    expect(strict.map(({ code }) => code)).toEqual([undefined, 'FLUSH_FAILED', 'FLUSH_FAILED', undefined]);
    expect(strict[3]).toMatchObject({ value: { names: [] } });
  });

  test('an error of the flush of a whole file system is FLUSH_FAILED, and the next flush covers it again', () => {
    const many: Step[] = Array.from({ length: 70 }, (_, at) => ['put', String(at), 'x']);
    const outcomes = run([...many, ['flush'], ['flush']], inject('syncfs:error=EIO:when=1'));
    expect(outcomes.slice(70).map(({ code }) => code)).toEqual(['FLUSH_FAILED', 'FLUSH_FAILED']);
    expect(readFileSync(join(scratch, 'log'), 'utf8').match(/syncfs\(/g)).toHaveLength(2);
  });

  test('without hard links nothing is replaced, and a version is kept as a copy', () => {
    const outcomes = run(
      [
        ['put', 'file', 'one'],
        ['put', 'file', 'two'],
        ['keepVersion', 'file'],
        ['put', 'file', 'three', true],
        ['move', 'file', 'moved', { replace: false }],
        ['text', 'moved'],
        ['sh', `cat ${root}/.lanmirror/trash/*/file`],
        ['list', ''],
      ],
      inject('link,linkat:error=EPERM'),
    );
    expect(outcomes.map(({ code }) => code)).toEqual([undefined, 'EXISTS', ...Array(6).fill(undefined)]);
    expect(outcomes[5]).toEqual({ value: 'three' });
    expect(outcomes[6]).toEqual({ value: 'one' });
    expect(outcomes[7]).toMatchObject({ value: { names: ['moved'] } });
  });
});

describe('with too few descriptors', () => {
  test('what cannot be opened is TOO_MANY_OPEN, not absent, and goes on when there are some again', () => {
    mkdirSync(join(root, 'folder'));
    writeFileSync(join(root, 'folder', 'file'), 'x');
    const outcomes = run(
      [['exhaust'], ['stat', 'folder/file'], ['text', 'folder/file'], ['relieve'], ['text', 'folder/file']],
      { setUp: 'ulimit -n 64' },
    );
    expect(outcomes.slice(1, 3).map(({ code }) => code)).toEqual(['TOO_MANY_OPEN', 'TOO_MANY_OPEN']);
    expect(outcomes[4]).toEqual({ value: 'x' });
  });
});
