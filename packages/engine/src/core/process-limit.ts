/** What one process is held to with all its shares or mirrors together. */
import type { Bandwidth } from './bandwidth.ts';
import type { Clock } from './clock.ts';
import { CpuLimit } from './cpu-limit.ts';
import { heldToAll, Pace, type Pacing } from './pace.ts';

/** As it is set at the moment, and what is used. */
export interface ProcessSpeed {
  bandwidth(): Bandwidth;
  /** Of one core; 0 for no limit. */
  cpuPercent(): number;
  /** Processor time of all threads since the process began, ms. */
  cpuUsedMs(): number;
}

export interface ProcessLimit {
  /** For contents: bandwidth and processor. */
  readonly contents: Pacing;
  /** For other work in bulk: the processor alone. */
  readonly cpu: Pacing;
}

export function processLimit(clock: Clock, speed: ProcessSpeed): ProcessLimit {
  const cpu = new CpuLimit(
    clock,
    () => speed.cpuPercent(),
    () => speed.cpuUsedMs(),
  );
  return { contents: heldToAll([new Pace(clock, () => speed.bandwidth()), cpu]), cpu };
}
