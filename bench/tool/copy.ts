/** `cp -a` on one machine: what the disk and the file system allow. */
import { PASS_MS, type Tool } from './tool.ts';

export const COPY: Tool = {
  name: 'cp',
  kind: 'ceiling',
  program: 'cp',
  about: 'ceiling: cp -a on this machine, no network',
  openPass: async ({ crew, source, target }) => {
    const command = ['cp', '-a', '--reflink=never', `${source}/.`, target];
    return () => crew.start('client', command).finish(PASS_MS);
  },
};
