/** What lanmirror aims at, and whether it is met. */
import { median, ratio } from './measure/statistics.ts';
import type { Finding } from './work/finding.ts';

const MIB = 1 << 20;

/** At most so many times the value of a peer, and `plus` on top of that. */
export interface RatioAim {
  readonly peer: string;
  readonly times: number;
  readonly plus: number;
}

/** At most this, or at least this where more is better; in the unit of the finding. */
export interface ValueAim {
  readonly most?: number;
  readonly least?: number;
}

export type Aim = RatioAim | ValueAim;

export type Verdict = 'met' | 'missed' | 'not measured';

const times = (factor: number, plus = 0): Aim => ({ peer: 'rsync', times: factor, plus });

/** By work and thing, as findings name them. A program of Node takes 0.3 s to start, which is no work. */
export const AIMS: Readonly<Record<string, Aim>> = {
  'first-copy: time': times(1),
  'large-file: time': times(1),
  'large-file: memory of the client': { most: 150 * MIB },
  'large-file: memory of the server': { most: 150 * MIB },
  'unchanged: time': times(0.6, 300),
  'million: time': times(0.6, 300),
  'million: reconnect': { most: 50 },
  'million: restart until scanned': { most: 15_000 },
  'million: restart until it listens': { most: 1000 },
  'million: memory of the server': { most: 150 * MIB },
  'million: memory of the client': { most: 150 * MIB },
  'changed-part: time': times(0.5),
  'changed-part: bytes on the wire': { most: 2 * MIB },
  'live: create p50': { most: 5 },
  'live: create p99': { most: 25 },
  'in-flight: create p99': { most: 100 },
  'rename: a large file': { most: 50 },
  'rename: a folder of many files': { most: 50 },
  'rename: bytes on the wire': { most: 10_000 },
  'clients: event p99, 100 clients': { most: 1000 },
  'clients: server memory, 100 clients': { most: 300 * MIB },
  'idle: processor of the server': { most: 0.5 },
  'idle: processor of the client': { most: 0.5 },
};

/** The aim of a finding, undefined when it has none. */
export function aimOf({ work, what }: Finding): Aim | undefined {
  return AIMS[`${work}: ${what}`];
}

/** Whether the figures of `own` are what was aimed at. */
export function judge(aim: Aim, { values }: Finding, own: string): Verdict {
  const ours = values[own] ?? [];
  if (ours.length === 0) return 'not measured';
  const value = median(ours);
  if ('peer' in aim) {
    const theirs = values[aim.peer] ?? [];
    if (theirs.length === 0) return 'not measured';
    return ratio([value - aim.plus], theirs) <= aim.times ? 'met' : 'missed';
  }
  const { most = Number.POSITIVE_INFINITY, least = Number.NEGATIVE_INFINITY } = aim;
  return value <= most && value >= least ? 'met' : 'missed';
}
