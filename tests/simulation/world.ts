/**
 * The whole product in one process: a server, its mirrors, the disks they work on, the lines between
 * them, and the clock that all of them have. `violations` collects each broken promise.
 */
import { StoreError } from '@lanmirror/engine/store';
import { Crash } from '../../packages/engine/src/tree/memory/index.ts';
import { MirrorSite } from './mirror-site.ts';
import { Network } from './network.ts';
import type { Ground, Plants } from './plants.ts';
import type { Scene } from './scene.ts';
import { Scheduler } from './scheduler.ts';
import { SourceSite } from './source-site.ts';

/** More events than any stretch of a history has: whoever gets there goes round in circles. */
const MAX_STEPS = 20_000;
/** More changes than the mirror of any whole history has, several times over: a mirror that goes round in circles. */
const MAX_CHANGES = 1000;

export class World implements Ground {
  readonly scheduler: Scheduler;
  readonly plants: Plants;
  readonly violations: string[] = [];
  readonly network: Network;
  readonly source: SourceSite;
  readonly mirrors: readonly MirrorSite[];

  constructor(scene: Scene, plants: Plants = {}) {
    this.plants = plants;
    this.scheduler = new Scheduler(scene.seed, (error) => this.threw(error));
    this.scheduler.costMs = scene.costMs;
    this.network = new Network(this);
    this.source = new SourceSite(this, this.network, scene);
    this.mirrors = scene.mirrors.map(
      (mirror, at) => new MirrorSite(`mirror ${at}`, this, this.network, this.source, mirror),
    );
  }

  violate(text: string): void {
    this.scheduler.trace(`VIOLATION ${text}`);
    this.violations.push(text);
  }

  threw(error: unknown): void {
    if (error instanceof Crash) return;
    // Whoever died had its store closed under its hands.
    if (error instanceof StoreError && error.code === 'CLOSED') return;
    this.violate(`uncaught: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  /** Lets time pass; throws as soon as a promise is broken. */
  async advance(ms: number): Promise<void> {
    const endMs = this.scheduler.nowMs + ms;
    await this.scheduler.settle();
    this.#check();
    for (let step = 0; await this.scheduler.step(endMs); step += 1) {
      if (step === MAX_STEPS)
        this.violate(`I1: no rest: the same again and again\n${this.scheduler.lastLines(20)}`);
      this.#check();
    }
    this.scheduler.jump(Math.max(0, endMs - this.scheduler.nowMs));
  }

  /** Every process starts. */
  start(): void {
    this.source.start();
    for (const mirror of this.mirrors) mirror.start();
  }

  /** Nothing of this world happens any more. */
  end(): void {
    this.source.server?.kill();
    for (const { client } of this.mirrors) client?.kill();
  }

  #check(): void {
    for (const mirror of this.mirrors) mirror.check();
    this.source.check();
    const restless = this.mirrors.findIndex(({ oracle }) => oracle.visibleChanges > MAX_CHANGES);
    if (restless >= 0)
      this.violate(
        `I1: no rest: mirror ${restless} was changed ${MAX_CHANGES} times\n${this.scheduler.lastLines(20)}`,
      );
    if (this.violations.length > 0) throw new Error(this.violations.join('\n'));
  }
}
