/** Measures single passes of a tool. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Pass, Tool } from '../tool/tool.ts';
import { requireEqual } from '../tree/compare.ts';
import { growFile, growTree } from '../tree/grow.ts';
import type { Bench, OpenStage, StageOptions } from './bench.ts';
import type { Measured } from './finding.ts';

/** The tree of many small files. */
export function smallTree(bench: Bench): string {
  return bench.tree('small', (dir) => growTree(dir, bench.scale.small, 'small'));
}

/** Name of the one large file. */
export const LARGE_NAME = 'large.bin';

/** A folder with the one large file. */
export function largeTree(bench: Bench): string {
  return bench.tree('large', (dir) => growFile(join(dir, LARGE_NAME), bench.scale.largeBytes, 'large'));
}

/** Tools that make passes; those that know only one file where there is only one. */
export function passTools(bench: Bench, isOneFile = false): Tool[] {
  return bench.options.tools.filter((tool) => tool.openPass && (isOneFile || tool.isOneFile !== true));
}

/** lanmirror is measured with its defaults; the others flush nothing unless asked to. */
const usual = (tool: Tool): StageOptions => ({ footing: tool.kind === 'own' ? 'default' : 'none' });

/** One pass of a tool into an empty folder, from ready programs to an equal target. */
export async function copyOnce(
  bench: Bench,
  tool: Tool,
  source: string,
  options: StageOptions = {},
): Promise<Measured> {
  const stage = bench.stage(source, { ...usual(tool), ...options });
  try {
    const pass = await tool.openPass?.(stage);
    const measured = await timed(stage, pass);
    const { server, client } = stage.crew.peaks();
    const memory = {
      'memory of the server': server.anonymousBytes,
      'memory of the client': client.anonymousBytes,
      'peak memory of both': server.peakBytes + client.peakBytes,
    };
    return { ...measured, ...(tool.kind === 'ceiling' ? {} : memory) };
  } finally {
    await stage.close();
  }
}

/** A tool whose target is equal already; more passes may follow. */
export interface Copied {
  readonly stage: OpenStage;
  readonly pass: Pass | undefined;
}

/** Gets a tool ready and lets it make the first copy, which nobody measures. */
export async function copied(
  bench: Bench,
  tool: Tool,
  source: string,
  options: StageOptions = {},
): Promise<Copied> {
  const stage = bench.stage(source, { ...usual(tool), ...options });
  const pass = await tool.openPass?.(stage);
  await pass?.();
  return { stage, pass };
}

/** Time of one pass, and what it sent. The target is equal behind it. */
export async function timed(stage: OpenStage, pass: Pass | undefined): Promise<Measured> {
  execFileSync('sync', ['-f', stage.dir]);
  const before = stage.line.bytes();
  const start = performance.now();
  await pass?.();
  const time = performance.now() - start;
  const after = stage.line.bytes();
  requireEqual(stage.source, stage.target);
  return before === undefined || after === undefined
    ? { time }
    : { time, 'bytes on the wire': after - before };
}
