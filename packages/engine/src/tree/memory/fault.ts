/** Failures on command: a process that dies at a certain step, an error at a certain path. */
import { TreeError, type TreeErrorCode } from '../error.ts';

/** The process "died". Nobody may catch it and go on: every later call throws it again. */
export class Crash extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Crash';
  }
}

/** Operations that only look are not counted by the fuse: dying there changes nothing. */
export type LookOperation =
  | 'rootStat'
  | 'stat'
  | 'list'
  | 'readLink'
  | 'open'
  | 'read'
  | 'openStaged'
  | 'listStaged';

export type ChangeOperation =
  | 'makeDirectory'
  | 'makeLink'
  | 'move'
  | 'setMetadata'
  | 'putAway'
  | 'remove'
  | 'keepVersion'
  | 'park'
  | 'unpark'
  | 'vacate'
  | 'createStaged'
  | 'linkStaged'
  | 'sweepStaged'
  | 'write'
  | 'truncate'
  | 'publish'
  | 'discard'
  | 'flush';

export interface PlannedFailure {
  /** Only this operation; default any that names the path. */
  readonly operation?: LookOperation | ChangeOperation;
  /** How often; default once. Infinity until `heal`. */
  readonly times?: number;
}

interface Planned {
  readonly path: string;
  readonly code: TreeErrorCode;
  readonly operation: string | undefined;
  left: number;
}

export class FaultPlan {
  /** Changing operations that were started so far. */
  changes = 0;
  #fuse = Number.POSITIVE_INFINITY;
  #death: Crash | undefined;
  #planned: Planned[] = [];

  /** The `n`-th changing operation from now on (counted from 1) does not happen: the process dies there. */
  light(n: number): void {
    this.#fuse = n;
  }

  plan(path: string, code: TreeErrorCode, { operation, times = 1 }: PlannedFailure): void {
    this.#planned.push({ path, code, operation, left: times });
  }

  heal(path: string): void {
    this.#planned = this.#planned.filter((planned) => planned.path !== path);
  }

  die(reason: string): void {
    this.#death ??= new Crash(reason);
  }

  assertAlive(): void {
    if (this.#death !== undefined) throw this.#death;
  }

  look(operation: LookOperation, path: string): void {
    this.assertAlive();
    this.#fail(operation, path);
  }

  /** @param half - what of the operation happens when the process dies in it; nothing by default. */
  change(operation: ChangeOperation, path: string, half?: () => void): void {
    this.assertAlive();
    this.changes += 1;
    this.#fuse -= 1;
    if (this.#fuse === 0) {
      half?.();
      this.die(`the process died in ${operation} of ${JSON.stringify(path)}`);
      this.assertAlive();
    }
    this.#fail(operation, path);
  }

  #fail(operation: string, path: string): void {
    const planned = this.#planned.find(
      (failure) => failure.path === path && (failure.operation ?? operation) === operation,
    );
    if (planned === undefined) return;
    planned.left -= 1;
    if (planned.left === 0) this.#planned.splice(this.#planned.indexOf(planned), 1);
    throw new TreeError(planned.code, path, `${planned.code} on purpose in ${operation}`);
  }
}
