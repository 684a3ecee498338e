import { UserError } from '@lanmirror/engine/host';
import { expect, test } from 'vitest';
import type { Publication } from '../share/publication.ts';
import { serverStatus } from './server-status.ts';

const PROGRAM = {
  ...{ program: 'lanmirror-server 1.2.3', pid: 42, since: '2025-01-02T03:04:05.000Z', port: 8080 },
  bandwidth: { setting: 'off', bytesPerSecond: null },
};

function gone(name: string): Pick<Publication, 'spec' | 'share' | 'fault' | 'bandwidth'> {
  const monitorDir = `/srv/${name}`;
  const values = { get: () => ({ text: '', source: '', isDefault: true }), text: () => '', number: () => 0 };
  return {
    spec: { name, monitorDir, keys: name === '' ? undefined : ['phone'], values },
    share: undefined,
    bandwidth: { setting: 'off', bytesPerSecond: null },
    fault: new UserError('NO_MONITOR_DIR', `MonitorDir ${monitorDir} does not exist.`),
  };
}

test('of a server with one share everything that is said of the share is said of the server', () => {
  const { shares, ...server } = serverStatus(PROGRAM, [gone('')]);
  expect(shares).toHaveLength(1);
  expect(server).toEqual({ ...PROGRAM, ...shares[0] });
  expect(server).toMatchObject({ monitorDir: '/srv/', state: 'not-served', keys: null, problems: [] });
});

test('of several shares each has its own, and the server says nothing for all that is not so', () => {
  const { shares, ...server } = serverStatus(PROGRAM, [gone('films'), gone('照片')]);
  expect(server).toEqual({ ...PROGRAM, clients: 0 });
  expect(shares.map(({ share, keys, halt }) => ({ share, keys, halt }))).toEqual([
    { share: 'films', keys: ['phone'], halt: 'MonitorDir /srv/films does not exist.' },
    { share: '照片', keys: ['phone'], halt: 'MonitorDir /srv/照片 does not exist.' },
  ]);
});
