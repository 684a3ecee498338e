/** lsyncd without its delay, with an rsync for each group of events, to a daemon on the side of the target. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startRsyncDaemon } from './rsync.ts';
import { PASS_MS, type Tool } from './tool.ts';

export const LSYNCD: Tool = {
  name: 'lsyncd',
  kind: 'peer',
  program: 'lsyncd',
  about: 'delay 0, rsync to a daemon, not encrypted',
  openLive: async (stage) => {
    const { crew, line, source, target, dir } = stage;
    const port = await startRsyncDaemon(stage, 'client', target, false);
    const url = `rsync://${line.client.address}:${port}/share/`;
    const file = join(dir, 'lsyncd.lua');
    writeFileSync(
      file,
      [
        'settings { nodaemon = true, insist = true }',
        `sync { default.rsync, source = ${JSON.stringify(source)}, target = ${JSON.stringify(url)},`,
        '  delay = 0, rsync = { archive = true } }',
      ].join('\n'),
    );
    const lsyncd = crew.start('server', ['lsyncd', file], { wrap: line.server.enter });
    await lsyncd.until(/Startup of .* finished/, PASS_MS);
  },
};
