/** The results as a file for programs: figures, and where they come from. */
import { arch, cpus, release, totalmem, type } from 'node:os';
import type { Failure, Finding } from '../work/finding.ts';

export interface Result {
  /** When the run ended, as ISO 8601. */
  readonly at: string;
  /** The flags with which it was started. */
  readonly flags: readonly string[];
  readonly machine: {
    readonly system: string;
    readonly processors: number;
    readonly model: string;
    readonly memoryBytes: number;
    readonly node: string;
  };
  readonly findings: readonly Finding[];
  readonly failures: readonly Failure[];
}

/** A result of now, on this machine. */
export function resultOf(
  flags: readonly string[],
  findings: readonly Finding[],
  failures: readonly Failure[],
): Result {
  const machine = {
    system: `${type()} ${release()} ${arch()}`,
    processors: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    node: process.versions.node,
  };
  return { at: new Date().toISOString(), flags, machine, findings, failures };
}
