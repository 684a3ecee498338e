/** unison over a socket, in one direction. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../process/line.ts';
import { PASS_MS, START_MS, type Tool } from './tool.ts';

export const UNISON: Tool = {
  name: 'unison',
  kind: 'peer',
  program: 'unison',
  about: 'over a socket, not encrypted, -force the source',
  openPass: async ({ crew, line, source, target, dir }) => {
    const port = await freePort();
    const archives = { server: join(dir, 'unison-server'), client: join(dir, 'unison-client') };
    for (const folder of Object.values(archives)) mkdirSync(folder);
    const { address } = line.server;
    const server = crew.start('server', ['unison', '-socket', String(port), '-listen', address], {
      wrap: line.server.enter,
      env: { UNISON: archives.server },
    });
    await server.until(/server started/, START_MS);
    const root = `socket://${address}:${port}/${source}`;
    const how = ['-batch', '-auto', '-times', '-confirmbigdel=false', '-contactquietly', '-terse'];
    const ignored = ['-ignore', 'Name .lanmirror'];
    const command = ['unison', root, target, '-ui', 'text', ...how, ...ignored, '-force', root];
    const env = { UNISON: archives.client };
    return () => crew.start('client', command, { wrap: line.client.enter, env }).finish(PASS_MS);
  },
};
