/** A program that the bench started: what it prints, how it ends. */
import type { ChildProcess } from 'node:child_process';
import { within } from './deadline.ts';

/** How long a program may take to end when it is asked to. */
const END_MS = 10_000;
/** Of what a program prints, the last part is kept for a complaint. */
const KEPT = 4000;

export class Member {
  readonly process: ChildProcess;
  readonly #name: string;
  readonly #ended: Promise<number | null>;
  readonly #exited: Promise<unknown>;
  readonly #waiting = new Set<() => void>();
  #text = '';

  constructor(name: string, process: ChildProcess) {
    this.process = process;
    this.#name = name;
    const add = (chunk: Buffer): void => {
      this.#text += chunk.toString();
      for (const look of [...this.#waiting]) look();
    };
    process.stdout?.on('data', add);
    process.stderr?.on('data', add);
    // A program that cannot be started closes, too.
    process.on('error', (error) => add(Buffer.from(String(error))));
    this.#exited = new Promise((resolve) => process.once('exit', resolve).once('error', resolve));
    this.#ended = new Promise((resolve) => process.once('close', resolve));
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** One that could not be started has no number: to signal that would be to signal the bench and all around it. */
  get isRunning(): boolean {
    const { pid, exitCode, signalCode } = this.process;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  /** Everything printed so far. */
  get output(): string {
    return this.#text;
  }

  /** Characters printed so far: {@link until} can begin there. */
  get printed(): number {
    return this.#text.length;
  }

  /** The first match in what it prints from `from` on; rejects when it ends before, or after `ms`. */
  until(pattern: RegExp, ms: number, from = 0): Promise<RegExpExecArray> {
    let look: () => void = () => undefined;
    const found = new Promise<RegExpExecArray>((resolve, reject) => {
      look = () => {
        const match = pattern.exec(this.#text.slice(from));
        if (match !== null) resolve(match);
      };
      this.#waiting.add(look);
      void this.#ended.then(() => reject(this.#complaint(`ended before it said ${pattern}`)));
      look();
    });
    return within(found, ms, `waiting for ${this.#name} to say ${pattern}`).finally(() =>
      this.#waiting.delete(look),
    );
  }

  /** Until it has ended by itself; rejects when it ends with something else than 0, or not within `ms`. */
  async finish(ms: number): Promise<void> {
    const code = await within(this.#ended, ms, `running ${this.#name}`);
    if (code !== 0) throw this.#complaint(`ended with ${code ?? this.process.signalCode}`);
  }

  /** Asks it to end, and makes it end when it does not. */
  async stop(): Promise<void> {
    // One that was stopped on purpose would not hear of it.
    this.process.kill('SIGCONT');
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), END_MS);
    // Not until its output has ended: what it started may still hold that.
    await this.#exited;
    clearTimeout(timer);
  }

  #complaint(what: string): Error {
    return new Error(`${this.#name} ${what}:\n${this.#text.slice(-KEPT)}`);
  }
}
