/** Tools that mirror live, each with a source of its own. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cable, whyNoCable } from '../process/line.ts';
import type { Tool } from '../tool/tool.ts';
import type { Bench, OpenStage } from './bench.ts';

export interface Live {
  readonly stage: OpenStage;
}

export interface LiveOptions {
  /** Over a cable on which bytes are counted, where there can be one. */
  readonly isCounted?: boolean;
  /** Puts into the source what is there before. */
  fill?(source: string): void;
}

/** Tools that mirror live. */
export const liveTools = (bench: Bench): Tool[] => bench.options.tools.filter(({ openLive }) => openLive);

/** Starts each of the tools; they stay up side by side, and idle while another one is measured. */
export function openLive(
  bench: Bench,
  tools: readonly Tool[],
  options: LiveOptions = {},
): Promise<(Live & { readonly name: string })[]> {
  return bench.ready(tools, async (tool) => {
    const isCable = options.isCounted === true && tool.isLocal !== true && whyNoCable() === '';
    const footing = tool.kind === 'own' ? 'default' : 'none';
    const stage = bench.stage('', { footing, ...(isCable ? { line: await cable(null) } : {}) });
    mkdirSync(stage.source);
    options.fill?.(stage.source);
    await tool.openLive?.(stage);
    return { stage };
  });
}

/** A folder that all mirrors have, to work in. */
export const workFolder = 'work';

/** Makes {@link workFolder}. */
export const makeWorkFolder = (source: string): void => mkdirSync(join(source, workFolder));
