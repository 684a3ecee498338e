/** How fast a process may work, as its settings are at the moment, and how much of the processor it has used. */
import { bandwidthReader } from './bandwidth-setting.ts';
import type { Configuration } from './configuration.ts';

/** `configuration`: of the program, at the moment. */
export function processSpeed(configuration: () => Pick<Configuration, 'text' | 'number'>): {
  bandwidth: ReturnType<typeof bandwidthReader>;
  cpuPercent(): number;
  cpuUsedMs(): number;
} {
  return {
    bandwidth: bandwidthReader(() => configuration().text('BwLimit')),
    cpuPercent: () => configuration().number('CpuLimit'),
    cpuUsedMs() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
  };
}
