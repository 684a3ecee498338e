/** What is measured: a program that mirrors, or something that shows what the machine could do. */
import type { Crew } from '../process/crew.ts';
import type { Line } from '../process/line.ts';

/** How sure a copy has to be when it is said to be done. */
export type Footing = 'none' | 'default' | 'strict';

/** Where a tool works. */
export interface Stage {
  readonly source: string;
  /** An empty folder at first. */
  readonly target: string;
  /** For configurations and states of its own. */
  readonly dir: string;
  readonly line: Line;
  readonly crew: Crew;
  readonly footing: Footing;
}

/** One pass: makes the target equal to the source as it is now. Rejects when that fails. */
export type Pass = () => Promise<void>;

export interface Tool {
  readonly name: string;
  /** A program of others, lanmirror itself, or a ceiling that mirrors nothing. */
  readonly kind: 'own' | 'peer' | 'ceiling';
  /** The program that it needs, to be found in PATH; '' for none. */
  readonly program: string;
  /** What this tool adds to what is said about it in the results. */
  readonly about: string;
  /** It can be reached only by the network of this machine, not over a cable. */
  readonly isLocal?: boolean;
  /** It carries one file and knows no folders. */
  readonly isOneFile?: boolean;
  /** Starts what runs on the side of the source all the time, and gives a pass by the side of the target. */
  openPass?(stage: Stage): Promise<Pass>;
  /** Mirrors live from here on until its crew ends; resolves when the target is equal for the first time. */
  openLive?(stage: Stage): Promise<void>;
}

/** Nothing that is measured takes longer. */
export const PASS_MS = 900_000;
/** Within this a program has started, or it never will. */
export const START_MS = 60_000;
