/** What one process is held to with all its shares or mirrors together, as its settings are at the moment. */
import { type Clock, CpuLimit, heldToAll, Pace, type Pacing } from '../core/index.ts';
import { bandwidthReader } from './bandwidth-setting.ts';
import type { Configuration } from './configuration.ts';

export interface ProcessLimit {
  /** For contents: BwLimit and CpuLimit. */
  readonly contents: Pacing;
  /** For other work in bulk: CpuLimit alone. */
  readonly cpu: Pacing;
}

/** `configuration`: of the program, at the moment. */
export function processLimit(
  clock: Clock,
  configuration: () => Pick<Configuration, 'text' | 'number'>,
): ProcessLimit {
  const bandwidth = new Pace(
    clock,
    bandwidthReader(() => configuration().text('BwLimit')),
  );
  const cpu = new CpuLimit(clock, () => configuration().number('CpuLimit'), cpuUsedMs);
  return { contents: heldToAll([bandwidth, cpu]), cpu };
}

/** Of all threads since the process began, ms. */
function cpuUsedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
