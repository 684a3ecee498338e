/** Figures as a person reads them. */
import type { Unit } from '../work/finding.ts';

/** Three digits and the unit. */
export function quantity(value: number, unit: Unit): string {
  if (Number.isNaN(value)) return '-';
  switch (unit) {
    case 'ms':
      return value >= 1000 ? `${digits(value / 1000)} s` : `${digits(value)} ms`;
    case 'bytes':
      return bytes(value);
    case 'percent':
      return `${digits(value)} %`;
    case 'portion':
      return `${digits(value * 100)} %`;
    case 'factor':
      return digits(value);
  }
}

/** How our value stands to another: `0.85x`. */
export function times(value: number): string {
  return Number.isFinite(value) ? `${digits(value)}x` : '-';
}

function bytes(value: number): string {
  for (const [name, size] of UNITS) if (value >= size) return `${digits(value / size)} ${name}`;
  return `${Math.round(value)} B`;
}

const UNITS = [
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
] as const;

function digits(value: number): string {
  if (value >= 100) return String(Math.round(value));
  return value.toFixed(value >= 10 ? 1 : 2);
}
