import { expect, test } from 'vitest';
import { networkDriveText, paceLines } from './target-kind-text.ts';

const FOUND = { setting: 'auto', kind: 'network', fileSystem: 'NFS' } as const;

test('who finds a network drive says what it is, and what to set when that is wrong', () => {
  expect(networkDriveText(FOUND)).toMatch(/network drive \(NFS\).*TargetKind = local$/);
  expect(networkDriveText({ ...FOUND, setting: 'network', fileSystem: '' })).toMatch(
    /network drive \(TargetKind = network\).*often$/,
  );
});

test('status names a network drive and how hard it is worked on, and says nothing of a usual disk', () => {
  expect(paceLines({ ...FOUND, speed: 'full' })).toEqual([
    'Drive:    network, NFS (TargetKind = auto), at most 2 workers',
  ]);
  expect(paceLines({ ...FOUND, speed: 'one' })[0]).toMatch(/one worker, because it fails often$/);
  expect(paceLines({ ...FOUND, speed: 'pause' })[0]).toMatch(/resting for a moment, because it fails$/);
  expect(paceLines({ ...FOUND, kind: 'local', fileSystem: '', speed: 'full' })).toEqual([]);
});

test('a network drive that is to be taken for a disk is named', () => {
  expect(paceLines({ ...FOUND, setting: 'local', kind: 'local', speed: 'full' })).toEqual([
    'Drive:    NFS, taken for a local disk (TargetKind = local)',
  ]);
});
