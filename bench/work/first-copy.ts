/** The first copy of many small files into an empty folder. */
import type { Work } from './bench.ts';
import { copyOnce, passTools, smallTree } from './measure-pass.ts';

export const FIRST_COPY: Work = {
  name: 'first-copy',
  about: 'first copy of many small files',
  run: (bench) => {
    const source = smallTree(bench);
    return bench.inRounds(passTools(bench), (tool) => copyOnce(bench, tool, source));
  },
};
