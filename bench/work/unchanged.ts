/** A pass that finds nothing to do, over many small files. */
import type { Work } from './bench.ts';
import { copied, passTools, smallTree, timed } from './measure-pass.ts';

export const UNCHANGED: Work = {
  name: 'unchanged',
  about: 'a pass over many small files when nothing has changed',
  run: async (bench) => {
    const source = smallTree(bench);
    const tools = passTools(bench).filter(({ kind }) => kind !== 'ceiling');
    const ready = await bench.ready(tools, (tool) => copied(bench, tool, source));
    return bench.inRounds(ready, ({ stage, pass }) => timed(stage, pass));
  },
};
