import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkpointIntervalMs, targetKindOf, workersOn } from './target-kind.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`target-kind.test SEED=${seed}`);

test('auto goes by the file system: what other machines serve is a network drive', () => {
  for (const remote of ['NFS', 'SMB', '9p', 'sshfs (FUSE)', 'rclone (FUSE)', 'FUSE'])
    expect(targetKindOf('auto', remote)).toEqual({ setting: 'auto', kind: 'network', fileSystem: remote });
  expect(targetKindOf('auto', undefined)).toEqual({ setting: 'auto', kind: 'local', fileSystem: '' });
});

test('FUSE that shows folders of this machine is a local disk', () => {
  for (const remote of ['mergerfs (FUSE)', 'gocryptfs (FUSE)', 'bindfs (FUSE)'])
    expect(targetKindOf('auto', remote).kind).toBe('local');
});

test('what was asked for holds, whatever the file system is', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('local' as const, 'network' as const),
      fc.option(fc.constantFrom('NFS', 'mergerfs (FUSE)', 'FUSE'), { nil: undefined }),
      (setting, remote) => {
        expect(targetKindOf(setting, remote).kind).toBe(setting);
      },
    ),
    { seed },
  );
});

test('a network drive has two workers at most, and never more than are wanted', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (most, large) => {
      expect(workersOn('local', { most, large })).toEqual({ most, large });
      const few = workersOn('network', { most, large });
      expect(few).toEqual({ most: Math.min(2, most), large: Math.min(2, large) });
    }),
    { seed },
  );
});

test('a network drive is flushed less often', () => {
  expect(checkpointIntervalMs('network')).toBeGreaterThan(checkpointIntervalMs('local'));
});
