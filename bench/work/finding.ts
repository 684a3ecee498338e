/** What came out of a piece of work. */
import { ratio } from '../measure/statistics.ts';

/** `portion`: of what is there, and the only one of which more is better; `factor`: so many times as much. */
export type Unit = 'ms' | 'bytes' | 'percent' | 'factor' | 'portion';

/** One line of the results: the same thing measured of several tools. */
export interface Finding {
  /** Name of the work, as `--only` takes it. */
  readonly work: string;
  /** What was measured, like `time`. */
  readonly what: string;
  readonly unit: Unit;
  /** All measured values of each tool that has any; the results show their medians. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}

/** How `own` stands to another tool: below 1 is better, whatever was measured. NaN when one has no figure. */
export function standing({ unit, values }: Finding, own: string, other: string): number {
  const [ours, theirs] = [values[own] ?? [], values[other] ?? []];
  return unit === 'portion' ? ratio(theirs, ours) : ratio(ours, theirs);
}

/** Something that could not be measured. */
export interface Failure {
  readonly work: string;
  readonly tool: string;
  readonly reason: string;
}

/** What one measurement gives: names of things, each with its value. */
export type Measured = Readonly<Record<string, number>>;

/** Values by tool and thing, as they come. */
export class Samples {
  readonly #values = new Map<string, Record<string, number[]>>();

  add(tool: string, measured: Measured): void {
    for (const [what, value] of Object.entries(measured)) {
      const ofThing = this.#values.get(what) ?? {};
      this.#values.set(what, ofThing);
      ofThing[tool] = [...(ofThing[tool] ?? []), value];
    }
  }

  /** Things in the order in which they came first. */
  findings(work: string): Finding[] {
    return [...this.#values].map(([what, values]) => ({ work, what, unit: unitOf(what), values }));
  }
}

/** A thing has its unit by its name, so that a piece of work only says what it measured. */
export function unitOf(what: string): Unit {
  if (/memory|bytes/.test(what)) return 'bytes';
  if (/processor/.test(what)) return 'percent';
  if (/share/.test(what)) return 'portion';
  return /wire per/.test(what) ? 'factor' : 'ms';
}
