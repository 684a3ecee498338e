/** rclone over sftp: `rclone serve sftp` on the side of the source, `rclone sync` on the other. */
import { execFileSync } from 'node:child_process';
import { freePort } from '../process/line.ts';
import { PASS_MS, START_MS, type Tool } from './tool.ts';

export const RCLONE: Tool = {
  name: 'rclone',
  kind: 'peer',
  program: 'rclone',
  about: 'sync over sftp from rclone serve, its defaults',
  openPass: async ({ crew, line, source, target }) => {
    const port = await freePort();
    const { address } = line.server;
    const own = ['--config', '/dev/null'];
    const place = `${address}:${port}`;
    // It would not see for minutes what changes in the folder that it serves.
    const fresh = ['--dir-cache-time', '0s', '--read-only'];
    const serve = ['rclone', 'serve', 'sftp', source, '--addr', place, '--no-auth', ...fresh];
    const server = crew.start('server', [...serve, ...own, '-v'], { wrap: line.server.enter });
    await server.until(/SFTP server listening/, START_MS);
    // Nobody checks it; without one it looks for an agent of ssh.
    const password = execFileSync('rclone', ['obscure', 'bench'], { encoding: 'utf8' }).trim();
    const remote = `:sftp,host=${address},port=${port},user=bench,pass=${password}:/`;
    const sync = ['rclone', 'sync', remote, target, '--create-empty-src-dirs', ...own];
    return () => crew.start('client', sync, { wrap: line.client.enter }).finish(PASS_MS);
  },
};
