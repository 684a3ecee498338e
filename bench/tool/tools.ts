/** All tools, in the order in which they are shown. */
import { spawnSync } from 'node:child_process';
import { LANMIRROR } from './lanmirror.ts';
import { RSYNC } from './rsync.ts';
import type { Tool } from './tool.ts';

export const TOOLS: readonly Tool[] = [LANMIRROR, RSYNC];

/** Beside lanmirror in a first look. */
export const QUICK_TOOLS: readonly string[] = ['rsync', 'lsyncd', 'cp', 'tcp'];

/** Whether the program of a tool is installed. */
export function isInstalled({ program }: Tool): boolean {
  return program === '' || spawnSync('which', [program]).status === 0;
}
