/** Disks of a world: their times come from the world's clock, their latency from its seed. */
import { createMemoryTree, type MemoryTree } from '../../packages/engine/src/tree/memory/memory-tree.ts';
import {
  MACOS_DISK,
  type MemoryTreeOptions,
  WINDOWS_DISK,
} from '../../packages/engine/src/tree/memory/option.ts';
import type { DiskKind } from './scene.ts';
import type { Scheduler } from './scheduler.ts';

const MAX_LATENCY_MS = 4;

export interface DiskScene {
  /** The clock goes in ticks of this; 0: never the same twice. */
  readonly tickMs: number;
  /** Modification times are multiples of this; 0: exact. */
  readonly mtimeStepMs: number;
  readonly disk?: DiskKind | undefined;
  readonly placesBeside?: boolean | undefined;
}

export const DISKS: Readonly<Record<DiskKind, MemoryTreeOptions>> = {
  windows: WINDOWS_DISK,
  macos: MACOS_DISK,
};

/** An empty tree on a disk of its own. */
export function makeDisk(
  scheduler: Scheduler,
  { tickMs, mtimeStepMs, disk, placesBeside = false }: DiskScene,
): MemoryTree {
  let lastNs = 0n;
  const clock = (): bigint => {
    const wallMs = tickMs === 0 ? scheduler.wallMs : Math.floor(scheduler.wallMs / tickMs) * tickMs;
    const nowNs = BigInt(Math.round(wallMs * 1000)) * 1000n;
    lastNs = tickMs === 0 && nowNs <= lastNs ? lastNs + 1000n : nowNs;
    return lastNs;
  };
  const latency = (): Promise<void> => {
    const ms = scheduler.upTo(2 * MAX_LATENCY_MS) - MAX_LATENCY_MS;
    return ms <= 0 ? Promise.resolve() : new Promise((resolve) => scheduler.after(ms, resolve));
  };
  const mtimeGranularityNs = mtimeStepMs === 0 ? 1n : BigInt(mtimeStepMs) * 1_000_000n;
  return createMemoryTree({ ...(disk && DISKS[disk]), clock, latency, mtimeGranularityNs, placesBeside });
}
