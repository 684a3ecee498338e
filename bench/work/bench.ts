/** What every piece of work has at hand: tools, trees, a place for each contestant. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { order } from '../measure/statistics.ts';
import { Crew } from '../process/crew.ts';
import { type Line, loopback } from '../process/line.ts';
import { quantity } from '../report/quantity.ts';
import type { Footing, Stage, Tool } from '../tool/tool.ts';
import { type Failure, type Finding, type Measured, Samples, unitOf } from './finding.ts';
import type { Scale } from './scale.ts';

export interface BenchOptions {
  /** Where trees and states live; made by the caller, removed by him. */
  readonly dir: string;
  readonly scale: Scale;
  readonly tools: readonly Tool[];
  readonly rounds: number;
  say(line: string): void;
}

/** A piece of work: what is measured, and how. */
export interface Work {
  readonly name: string;
  readonly about: string;
  /** It takes too long for a first look. */
  readonly isLong?: boolean;
  run(bench: Bench): Promise<Finding[]>;
}

export interface StageOptions {
  readonly line?: Line;
  readonly footing?: Footing;
}

export class Bench {
  readonly options: BenchOptions;
  readonly failures: Failure[] = [];
  readonly #open = new Set<OpenStage>();
  #work = '';
  #isOver = false;

  constructor(options: BenchOptions) {
    this.options = options;
  }

  get scale(): Scale {
    return this.options.scale;
  }

  /** Does one piece of work; what goes wrong is noted, and nothing of it stays behind. */
  async do(work: Work): Promise<Finding[]> {
    this.#work = work.name;
    try {
      return await work.run(this);
    } catch (error) {
      this.#fail('all', error);
      return [];
    } finally {
      await this.#close();
    }
  }

  /** Ends everything for good: what is under way finds no place to go on. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#close();
  }

  /** Ends all programs that still run, and removes what they worked on. */
  async #close(): Promise<void> {
    for (const stage of [...this.#open]) await stage.close();
  }

  /** A folder with what `make` puts into it, kept for later work. */
  tree(name: string, make: (dir: string) => void): string {
    const dir = join(this.options.dir, `tree-${name}`);
    if (existsSync(dir)) return dir;
    this.options.say(`making the tree ${name}`);
    const half = `${dir}.half`;
    rmSync(half, { recursive: true, force: true });
    mkdirSync(half);
    make(half);
    execFileSync('mv', [half, dir]);
    return dir;
  }

  /** A tree that is needed no more: others need the room. */
  drop(name: string): void {
    rmSync(join(this.options.dir, `tree-${name}`), { recursive: true, force: true });
  }

  /**
   * A place for one contestant, on loopback and without flushing unless something else is asked for. Without a
   * `source` it gets one of its own, which is yet to be made.
   */
  stage(source: string, { line = loopback(), footing = 'none' }: StageOptions = {}): OpenStage {
    if (this.#isOver) throw new Error('the bench has ended');
    const dir = mkdtempSync(join(this.options.dir, 'stage-'));
    const stage = new OpenStage(source, dir, line, footing, () => this.#open.delete(stage));
    this.#open.add(stage);
    return stage;
  }

  /** Measures each of the tools once in each round; one that fails is noted, and measured no more. */
  async inRounds<T extends { readonly name: string }>(
    contestants: readonly T[],
    measure: (contestant: T, round: number) => Promise<Measured>,
    rounds = this.options.rounds,
  ): Promise<Finding[]> {
    const samples = new Samples();
    const failed = new Set<T>();
    for (let round = 0; round < rounds; round += 1) {
      for (const one of order(contestants, round)) {
        if (failed.has(one)) continue;
        try {
          const measured = await measure(one, round);
          samples.add(one.name, measured);
          this.options.say(
            `${this.#work}: ${one.name}, round ${round + 1} of ${rounds}: ${firstOf(measured)}`,
          );
        } catch (error) {
          failed.add(one);
          this.#fail(one.name, error);
        }
      }
    }
    return samples.findings(this.#work);
  }

  /** Gets all of the tools ready; one that cannot be is noted, and left out. */
  async ready<T>(
    tools: readonly Tool[],
    open: (tool: Tool) => Promise<T>,
  ): Promise<(T & { readonly name: string })[]> {
    const opened: (T & { readonly name: string })[] = [];
    for (const tool of tools) {
      this.options.say(`${this.#work}: ${tool.name} gets ready`);
      try {
        opened.push({ ...(await open(tool)), name: tool.name });
      } catch (error) {
        this.#fail(tool.name, error);
      }
    }
    return opened;
  }

  #fail(tool: string, error: unknown): void {
    // What is broken off fails, and is no fault of the tool.
    if (this.#isOver) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.failures.push({ work: this.#work, tool, reason });
    this.options.say(`FAILED ${this.#work}, ${tool}: ${reason}`);
  }
}

/** The first figure of a measurement, to see while the run goes on. */
function firstOf(measured: Measured): string {
  const [[what, value] = ['nothing', Number.NaN]] = Object.entries(measured);
  return `${what} ${quantity(value, unitOf(what))}`;
}

export class OpenStage implements Stage {
  readonly source: string;
  readonly target: string;
  readonly dir: string;
  readonly line: Line;
  readonly crew: Crew;
  readonly footing: Footing;
  readonly #closed: () => void;

  constructor(source: string, dir: string, line: Line, footing: Footing, closed: () => void) {
    this.source = source === '' ? join(dir, 'source') : source;
    this.dir = dir;
    this.target = join(dir, 'target');
    this.line = line;
    this.footing = footing;
    this.crew = new Crew(dir);
    this.#closed = closed;
    mkdirSync(this.target);
  }

  async close(): Promise<void> {
    this.#closed();
    await this.crew.end();
    await this.line.dispose();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
