/** One file over a line of 1 Gbit/s: how much of the line is used for it. */
import { cable, whyNoCable } from '../process/line.ts';
import { growFile } from '../tree/grow.ts';
import type { Work } from './bench.ts';
import { copyOnce, passTools } from './measure-pass.ts';

const RATE = '1gbit';
/** Bytes a millisecond. */
const LINE_SPEED = 1e9 / 8 / 1000;

export const LINE_SHARE: Work = {
  name: 'line-share',
  about: 'one file over a line of 1 Gbit/s: the share of it that carries content',
  run: async (bench) => {
    if (whyNoCable() !== '') throw new Error(whyNoCable());
    const { lineBytes } = bench.scale;
    const source = bench.tree('line', (dir) => growFile(`${dir}/line.bin`, lineBytes, 'line'));
    const tools = passTools(bench, true).filter((tool) => tool.isLocal !== true && tool.name !== 'cp');
    return bench.inRounds(tools, async (tool) => {
      const { time = Number.NaN, 'bytes on the wire': sent = Number.NaN } = await copyOnce(
        bench,
        tool,
        source,
        {
          line: await cable(RATE),
        },
      );
      return {
        'share of the line': lineBytes / time / LINE_SPEED,
        'wire per content': sent / lineBytes,
      };
    });
  },
};
