/** All tools, in the order in which they are shown. */
import { spawnSync } from 'node:child_process';
import { COPY } from './copy.ts';
import { LANMIRROR } from './lanmirror.ts';
import { LSYNCD } from './lsyncd.ts';
import { RCLONE } from './rclone.ts';
import { RSYNC } from './rsync.ts';
import { SYNCTHING } from './syncthing.ts';
import { TCP } from './tcp.ts';
import type { Tool } from './tool.ts';
import { UNISON } from './unison.ts';

export const TOOLS: readonly Tool[] = [LANMIRROR, RSYNC, RCLONE, UNISON, LSYNCD, SYNCTHING, COPY, TCP];

/** Beside lanmirror in a first look. */
export const QUICK_TOOLS: readonly string[] = ['rsync', 'lsyncd', 'cp', 'tcp'];

/** Whether the program of a tool is installed. */
export function isInstalled({ program }: Tool): boolean {
  return program === '' || spawnSync('which', [program]).status === 0;
}
