/** One file through a plain TCP connection between two Nodes: what Node allows without any protocol. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PASS_MS, START_MS, type Tool } from './tool.ts';

export const TCP: Tool = {
  name: 'tcp',
  kind: 'ceiling',
  program: '',
  about: 'ceiling: one file through plain TCP, Node to Node',
  isOneFile: true,
  openPass: async ({ crew, line, source, target }) => {
    const [file = ''] = readdirSync(source);
    const end = fileURLToPath(new URL('./tcp-end.mjs', import.meta.url));
    const sending = [process.execPath, end, 'send', join(source, file), line.server.address];
    const sender = crew.start('server', sending, { wrap: line.server.enter });
    const [, port = ''] = await sender.until(/listening on (\d+)/, START_MS);
    const receiving = [process.execPath, end, 'receive', join(target, file), line.server.address, port];
    return () => crew.start('client', receiving, { wrap: line.client.enter }).finish(PASS_MS);
  },
};
