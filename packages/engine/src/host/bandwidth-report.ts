/** How a limit of the bandwidth is, as data and as lines for a person. Pure. */
import { statusLine } from './status-line.ts';

export interface BandwidthReport {
  /** As it is set. */
  readonly setting: string;
  /** Bytes a second that are allowed now; null for no limit. */
  readonly bytesPerSecond: number | null;
}

/** `bytesPerSecond`: Infinity for no limit. */
export function bandwidthReport(setting: string, bytesPerSecond: number): BandwidthReport {
  return { setting, bytesPerSecond: Number.isFinite(bytesPerSecond) ? bytesPerSecond : null };
}

/** None where nothing is limited at any time. A limit of all shares or jobs may hold where none is set. */
export function bandwidthLines({ setting, bytesPerSecond }: BandwidthReport): string[] {
  if (setting.toLowerCase() === 'off' && bytesPerSecond === null) return [];
  const now = bytesPerSecond === null ? 'no limit now' : `${sizeText(bytesPerSecond)} a second now`;
  return [statusLine('BwLimit', `${now}${/[,]/.test(setting) ? ` (${setting})` : ''}`)];
}

function sizeText(bytes: number): string {
  for (const [unit, size] of UNITS) if (bytes >= size) return `${Number((bytes / size).toFixed(1))} ${unit}`;
  return `${bytes} bytes`;
}

const UNITS = [
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
] as const;
