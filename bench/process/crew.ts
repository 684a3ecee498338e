/** The programs of one contestant, and the most memory that each side of it had at a time. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { type MemoryCount, parseBegunTicks, parseCpuTicks, parseMemory } from '../measure/counter.ts';
import { Member } from './member.ts';

const SAMPLE_MS = 100;

/** On which machine a program would run. */
export type Side = 'server' | 'client';

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A command in front of the program, like `nsenter`. */
  readonly wrap?: readonly string[];
}

export class Crew {
  readonly #dir: string;
  readonly #members: { readonly member: Member; readonly side: Side }[] = [];
  readonly #peaks: Record<Side, MemoryCount> = { server: NONE, client: NONE };
  readonly #timer: NodeJS.Timeout;

  /** `dir`: where the programs run, and where they keep what is theirs. */
  constructor(dir: string) {
    this.#dir = dir;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
    process.on('exit', this.#kill);
  }

  start(side: Side, command: readonly string[], { env = {}, wrap = [] }: StartOptions = {}): Member {
    const [program = '', ...args] = [...wrap, ...command];
    const own = { HOME: this.#dir, XDG_STATE_HOME: this.#dir, XDG_CONFIG_HOME: this.#dir };
    const child = spawn(program, args, {
      cwd: this.#dir,
      env: { ...process.env, ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const member = new Member(nameOf(command), child);
    this.#members.push({ member, side });
    return member;
  }

  /** The most memory of each side so far. */
  peaks(): Readonly<Record<Side, MemoryCount>> {
    this.#sample();
    return { ...this.#peaks };
  }

  /** Processor time of all programs of one side so far, in milliseconds. */
  cpuMs(side: Side): number {
    const ticks = this.#pids(side).map((pid) => parseCpuTicks(textOf(`/proc/${pid}/stat`)));
    return ticks.reduce((sum, one) => sum + one, 0) * 10;
  }

  /** Ends all of them, the last one first, and what they started and left behind. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    for (const { member } of this.#members.reverse()) {
      if (!member.isRunning) continue;
      const family = familyOf(member.pid).map((pid) => ({ pid, begun: begunTicks(pid) }));
      await member.stop();
      // The number of one that has ended may be another's by now.
      killAll(family.filter(({ pid, begun }) => begunTicks(pid) === begun).map(({ pid }) => pid));
    }
    process.off('exit', this.#kill);
  }

  /** However the bench ends, nothing that it started goes on without it. */
  readonly #kill = (): void => {
    for (const { member } of this.#members) if (member.isRunning) killAll(familyOf(member.pid));
  };

  #pids(side: Side): number[] {
    const own = this.#members.filter((one) => one.side === side && one.member.isRunning);
    return own.flatMap(({ member }) => familyOf(member.pid));
  }

  #sample(): void {
    for (const side of ['server', 'client'] as const) {
      const counts = this.#pids(side).map((pid) => parseMemory(textOf(`/proc/${pid}/status`)));
      const { peakBytes, anonymousBytes } = this.#peaks[side];
      this.#peaks[side] = {
        peakBytes: Math.max(
          peakBytes,
          counts.reduce((sum, one) => sum + one.peakBytes, 0),
        ),
        anonymousBytes: Math.max(
          anonymousBytes,
          counts.reduce((sum, one) => sum + one.anonymousBytes, 0),
        ),
      };
    }
  }
}

const NONE: MemoryCount = { peakBytes: 0, anonymousBytes: 0 };

/** `rsync`, not `/usr/bin/rsync`; the script, not the Node that runs it. */
function nameOf([program = '', script = '']: readonly string[]): string {
  const path = program === process.execPath ? script : program;
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A process and all below it. */
function familyOf(pid: number): number[] {
  const found = [pid];
  for (const thread of namesIn(`/proc/${pid}/task`)) {
    for (const child of textOf(`/proc/${pid}/task/${thread}/children`).split(' '))
      if (child !== '') found.push(...familyOf(Number(child)));
  }
  return found;
}

/** 0 for a process that has ended. */
function begunTicks(pid: number): number {
  return parseBegunTicks(textOf(`/proc/${pid}/stat`));
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

/** '' for a process that has ended in the meantime. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isGone(error)) return '';
    throw error;
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** ESRCH: it ended between the opening of the file and the reading. */
function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');
}
