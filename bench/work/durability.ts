/** The first copy again, with each tool as sure of the disk as the other. */
import type { Footing, Tool } from '../tool/tool.ts';
import type { Bench, Work } from './bench.ts';
import type { Finding } from './finding.ts';
import { copyOnce, passTools, smallTree } from './measure-pass.ts';

/** What is done by lanmirror, and by rsync, on each footing. */
const FOOTINGS: readonly [Footing, string][] = [
  ['none', 'none, nothing is flushed'],
  ['default', 'checkpoint, rsync and sync -f'],
  ['strict', 'strict, rsync --fsync'],
];

export const DURABILITY: Work = {
  name: 'durability',
  about: 'first copy of many small files, equally sure to be on the disk',
  isLong: true,
  run: async (bench) => {
    const source = smallTree(bench);
    const tools = passTools(bench).filter(({ name }) => ['lanmirror', 'rsync'].includes(name));
    const findings: Finding[] = [];
    for (const [footing, what] of FOOTINGS)
      findings.push(...(await onFooting(bench, tools, source, footing, what)));
    return findings;
  },
};

function onFooting(
  bench: Bench,
  tools: readonly Tool[],
  source: string,
  footing: Footing,
  what: string,
): Promise<Finding[]> {
  return bench.inRounds(tools, async (tool) => {
    const { time = Number.NaN } = await copyOnce(bench, tool, source, { footing });
    return { [what]: time };
  });
}
