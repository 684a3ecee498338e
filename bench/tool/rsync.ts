/** rsync from a daemon, as its manual sets one up: not encrypted. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { untilTrue } from '../process/deadline.ts';
import { freePort } from '../process/line.ts';
import { PASS_MS, type Stage, type Tool } from './tool.ts';

export const RSYNC: Tool = {
  name: 'rsync',
  kind: 'peer',
  program: 'rsync',
  about: '-a --delete from a daemon, not encrypted',
  openPass: async (stage) => {
    const { crew, line, footing, target, dir } = stage;
    const port = await startRsyncDaemon(stage, 'server', stage.source, true);
    const url = `rsync://${line.server.address}:${port}/share/`;
    const flush = footing === 'strict' ? ['--fsync'] : [];
    return async () => {
      const command = ['rsync', '-a', '--delete', ...flush, url, `${target}/`];
      await crew.start('client', command, { wrap: line.client.enter }).finish(PASS_MS);
      if (footing === 'default') await crew.start('client', ['sync', '-f', dir]).finish(PASS_MS);
    };
  },
};

/** A daemon with one module `share`; gives the port. */
export async function startRsyncDaemon(
  { crew, dir, line }: Stage,
  side: 'server' | 'client',
  folder: string,
  isReadOnly: boolean,
): Promise<number> {
  const file = join(dir, 'rsyncd.conf');
  const user = `uid = ${process.getuid?.() ?? 0}\ngid = ${process.getgid?.() ?? 0}\n`;
  const share = `[share]\npath = ${folder}\nread only = ${isReadOnly ? 'yes' : 'no'}\n`;
  writeFileSync(file, `use chroot = no\n${process.getuid?.() === 0 ? user : ''}${share}`);
  const { address, enter } = line[side];
  const port = await freePort();
  const place = [`--config=${file}`, `--address=${address}`, `--port=${port}`];
  const log = join(dir, 'rsyncd.log');
  crew.start(side, ['rsync', '--daemon', '--no-detach', `--log-file=${log}`, ...place], { wrap: enter });
  await untilTrue(() => existsSync(log) && readFileSync(log, 'utf8').includes('listening'), 'rsync listens');
  return port;
}
