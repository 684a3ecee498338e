/** The first copy of one large file. */
import type { Work } from './bench.ts';
import { copyOnce, largeTree, passTools } from './measure-pass.ts';

export const LARGE_FILE: Work = {
  name: 'large-file',
  about: 'first copy of one large file',
  run: (bench) => {
    const source = largeTree(bench);
    return bench.inRounds(passTools(bench, true), (tool) => copyOnce(bench, tool, source));
  },
};
