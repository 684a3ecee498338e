/** When something that was done on one side is there on the other. */
import { existsSync, type FSWatcher, lstatSync, watch } from 'node:fs';
import { join } from 'node:path';
import { untilTrue, within } from './deadline.ts';

const ARRIVAL_MS = 120_000;

/** Watches one folder of a target: told by the kernel, for no mirror tells its bench. */
export class Arrivals {
  readonly #dir: string;
  readonly #watcher: FSWatcher;
  readonly #looks = new Set<() => void>();

  constructor(dir: string) {
    this.#dir = dir;
    this.#watcher = watch(dir, () => {
      for (const look of [...this.#looks]) look();
    });
  }

  /** Resolves, with the time of `performance.now()`, when a file of that name has that many bytes. */
  async file(name: string, size: number, ms = ARRIVAL_MS): Promise<number> {
    let look: () => void = () => undefined;
    const arrived = new Promise<number>((resolve) => {
      look = () => {
        if (lstatSync(join(this.#dir, name), { throwIfNoEntry: false })?.size === size)
          resolve(performance.now());
      };
      this.#looks.add(look);
      look();
    });
    return within(arrived, ms, `waiting for ${name} to arrive`).finally(() => this.#looks.delete(look));
  }

  close(): void {
    this.#watcher.close();
  }
}

/** Until `target` has files of these sizes (undefined: nothing) at these paths. */
export async function untilThere(
  target: string,
  expected: ReadonlyMap<string, number | undefined>,
  ms = ARRIVAL_MS,
): Promise<void> {
  const left = [...expected];
  const isThere = (): boolean => {
    // From the end, so that what has arrived is looked at once.
    for (let last = left.at(-1); last !== undefined; last = left.at(-1)) {
      const [path, size] = last;
      if (lstatSync(join(target, path), { throwIfNoEntry: false })?.size !== size) return false;
      left.pop();
    }
    return true;
  };
  await untilTrue(isThere, `everything is at the target (${left.length} paths)`, ms);
}

/** Until a name is at the target and another one is not. */
export async function untilRenamed(target: string, from: string, to: string): Promise<void> {
  const isRenamed = (): boolean => existsSync(join(target, to)) && !existsSync(join(target, from));
  await untilTrue(isRenamed, `${from} is called ${to}`, ARRIVAL_MS * 5);
}
