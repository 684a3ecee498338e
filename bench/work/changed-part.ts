/** A small part in the middle of a large file has other bytes; what goes over the wire for that. */
import { execFileSync } from 'node:child_process';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { cable, whyNoCable } from '../process/line.ts';
import { changePart } from '../tree/grow.ts';
import type { Bench, Work } from './bench.ts';
import { copied, largeTree, LARGE_NAME as NAME, passTools, timed } from './measure-pass.ts';

export const CHANGED_PART: Work = {
  name: 'changed-part',
  about: 'a small part in the middle of a large file has changed',
  run: async (bench) => {
    const source = largeTree(bench);
    const isCable = whyNoCable() === '';
    if (!isCable) bench.options.say(`on loopback, nothing is counted: ${whyNoCable()}`);
    const tools = passTools(bench).filter((tool) => tool.kind !== 'ceiling' && !(isCable && tool.isLocal));
    const ready = await bench.ready(tools, async (tool) =>
      copied(bench, tool, source, isCable ? { line: await cable(null) } : {}),
    );
    return bench.inRounds(ready, async ({ stage, pass }, round) => {
      // Everybody copies the same change: the first one of a round to be asked makes it.
      changeOnce(bench, source, round);
      const measured = await timed(stage, pass);
      // The size says nothing here.
      execFileSync('cmp', [join(source, NAME), join(stage.target, NAME)]);
      return measured;
    });
  },
};

const changed = new WeakMap<Bench, number>();

function changeOnce(bench: Bench, source: string, round: number): void {
  if (changed.get(bench) === round) return;
  changed.set(bench, round);
  const path = join(source, NAME);
  changePart(path, bench.scale.partBytes, `part ${round}`);
  // Two rounds may be within the same second, which is all that some tools compare.
  utimesSync(path, 1_700_000_000 + round, 1_700_000_000 + round);
}
