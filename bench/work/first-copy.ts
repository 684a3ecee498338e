/** The first copy of many small files into an empty folder. */
import type { Tool } from '../tool/tool.ts';
import { requireEqual } from '../tree/compare.ts';
import { growTree } from '../tree/grow.ts';
import type { Bench, StageOptions, Work } from './bench.ts';
import type { Measured } from './finding.ts';

export const FIRST_COPY: Work = {
  name: 'first-copy',
  about: 'first copy of many small files',
  run: (bench) => {
    const source = smallTree(bench);
    const tools = bench.options.tools.filter((tool) => tool.openPass && tool.isOneFile !== true);
    return bench.inRounds(tools, (tool) => copyOnce(bench, tool, source));
  },
};

/** The tree of many small files. */
export function smallTree(bench: Bench): string {
  return bench.tree('small', (dir) => growTree(dir, bench.scale.small, 'small'));
}

/** One pass of a tool into an empty folder, from ready programs to an equal target. */
export async function copyOnce(
  bench: Bench,
  tool: Tool,
  source: string,
  options: StageOptions = {},
): Promise<Measured> {
  const stage = bench.stage(source, { footing: tool.kind === 'own' ? 'default' : 'none', ...options });
  try {
    const pass = await tool.openPass?.(stage);
    stage.settleDisk();
    const start = performance.now();
    await pass?.();
    const time = performance.now() - start;
    const { server, client } = stage.crew.peaks();
    requireEqual(source, stage.target);
    return {
      time,
      'memory of the server': server.anonymousBytes,
      'memory of the client': client.anonymousBytes,
      'peak memory of both': server.peakBytes + client.peakBytes,
    };
  } finally {
    await stage.close();
  }
}
