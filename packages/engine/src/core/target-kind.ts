/** Whether a target is a disk of this machine or a drive behind a network, and what follows from it. Pure. */
import type { Workers } from './workers.ts';

export type TargetKind = 'local' | 'network';

export interface TargetKindFinding {
  /** As it was asked for. */
  readonly setting: 'auto' | TargetKind;
  readonly kind: TargetKind;
  /** What the file system of the target is called, when it is one that other machines serve; else ''. */
  readonly fileSystem: string;
}

/** Programs that show folders of this machine through FUSE. */
const LOCAL_FUSE: ReadonlySet<string> = new Set(
  [
    ...['bindfs', 'mergerfs', 'unionfs', 'unionfs-fuse', 'fuse-overlayfs', 'mhddfs'],
    ...['cryfs', 'encfs', 'gocryptfs', 'securefs', 'ntfs-3g', 'exfat'],
  ].map((program) => `${program} (FUSE)`),
);

/** More of them make a server behind a network slower, not faster, and meet its limits sooner. */
const NETWORK_WORKERS = 2;
/** A flush of such a drive waits for its server: what came is made durable together, less often. */
const CHECKPOINT_MS: Readonly<Record<TargetKind, number>> = { local: 5000, network: 30_000 };

/** @param remote what a file system that other machines serve is called; undefined for one of this machine */
export function targetKindOf(
  setting: TargetKindFinding['setting'],
  remote: string | undefined,
): TargetKindFinding {
  const fileSystem = remote === undefined || LOCAL_FUSE.has(remote) ? '' : remote;
  const found = fileSystem === '' ? 'local' : 'network';
  return { setting, kind: setting === 'auto' ? found : setting, fileSystem };
}

/** How many of the workers that are wanted may work on such a target. */
export function workersOn(kind: TargetKind, wanted: Workers): Workers {
  if (kind === 'local') return wanted;
  return { most: Math.min(wanted.most, NETWORK_WORKERS), large: Math.min(wanted.large, NETWORK_WORKERS) };
}

/** Milliseconds between two checkpoints while something is written. */
export function checkpointIntervalMs(kind: TargetKind): number {
  return CHECKPOINT_MS[kind];
}
