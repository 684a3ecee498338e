/**
 * A descriptor of a regular file with reads and writes of whole ranges. A close while a read or write
 * is under way waits for it: the system gives the number of a closed descriptor to the next file that
 * is opened, and the write would go there.
 */

import {
  closeSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  read,
  readSync,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { TreeError } from '../error.ts';
import type { ReadHandle, Stat } from '../port.ts';
import { guard, isTooManyOpen, toTreeError } from './fs-error.ts';
import { toStat } from './node-stat.ts';

const readAsync = promisify(read);
const writeAsync = promisify(write);
const fsyncAsync = promisify(fsync);

export class OpenFile implements ReadHandle {
  /** Path for error messages. */
  readonly #path: string;
  readonly #descriptor: number;
  #opened: Stat | undefined;
  #underWay = 0;
  #closed = false;
  #isWritten = false;

  constructor(path: string, descriptor: number) {
    this.#path = path;
    this.#descriptor = descriptor;
  }

  /** Looked at when it is asked for first: who opens a file to read it asks at once. */
  get opened(): Stat {
    this.#opened ??= this.stat();
    return this.#opened;
  }

  stat(): Stat {
    return this.sync((descriptor) => toStat(fstatSync(descriptor, { bigint: true })));
  }

  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number {
    return this.sync((descriptor) => readSync(descriptor, buffer, offset, length, position));
  }

  async read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    const done = await this.#async((descriptor) => readAsync(descriptor, buffer, offset, length, position));
    return done.bytesRead;
  }

  writeSync(bytes: Uint8Array, position: number): void {
    this.#isWritten = true;
    this.sync((descriptor) => {
      let written = 0;
      while (written < bytes.length) {
        written += writeSync(descriptor, bytes, written, bytes.length - written, position + written);
      }
    });
  }

  /** Of a file that was opened to be added to: at its end, wherever that is by then. Throws TreeError. */
  appendSync(bytes: Uint8Array): void {
    this.#isWritten = true;
    this.sync((descriptor) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    });
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    this.#isWritten = true;
    await this.#async(async (descriptor) => {
      let written = 0;
      while (written < bytes.length) {
        const part = await writeAsync(descriptor, bytes, written, bytes.length - written, position + written);
        written += part.bytesWritten;
      }
    });
  }

  truncate(sizeBytes: number): void {
    this.#isWritten = true;
    this.sync((descriptor) => ftruncateSync(descriptor, sizeBytes));
  }

  /** Waits until content and metadata are on stable storage. */
  async flush(): Promise<void> {
    try {
      await this.#async((descriptor) => fsyncAsync(descriptor));
    } catch (error) {
      throw flushFailure(error, this.#path);
    }
  }

  flushSync(): void {
    try {
      this.sync(fsyncSync);
    } catch (error) {
      throw flushFailure(error, this.#path);
    }
  }

  /** Throws TreeError if it was written: a network file system may tell only now that a write failed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#underWay === 0) this.#giveBack();
  }

  #giveBack(): void {
    try {
      guard(this.#path, () => closeSync(this.#descriptor));
    } catch (error) {
      // The descriptor is given back all the same, and what was read was read.
      if (this.#isWritten || !(error instanceof TreeError)) throw error;
    }
  }

  /** Closes it for somebody who does not rely on what was written. */
  abandon(): void {
    try {
      this.close();
    } catch (error) {
      // The descriptor is given back all the same.
      if (!(error instanceof TreeError)) throw error;
    }
  }

  /** Runs a step on the descriptor. Throws TreeError. */
  sync<T>(step: (descriptor: number) => T): T {
    this.#requireOpen();
    return guard(this.#path, () => step(this.#descriptor));
  }

  async #async<T>(step: (descriptor: number) => Promise<T>): Promise<T> {
    this.#requireOpen();
    this.#underWay += 1;
    try {
      return await step(this.#descriptor);
    } catch (error) {
      throw toTreeError(error, this.#path);
    } finally {
      this.#underWay -= 1;
      if (this.#closed && this.#underWay === 0) this.#giveBack();
    }
  }

  #requireOpen(): void {
    if (this.#closed) throw new Error(`the file is closed already: ${this.#path}`);
  }
}

/**
 * The TreeError for an error of fsync or sync: after it nothing may be believed durable. One for lack of a
 * descriptor came before anything was written, and is over when there is one.
 */
export function flushFailure(error: unknown, path: string): TreeError {
  if (isTooManyOpen(error))
    return new TreeError('TOO_MANY_OPEN', path, 'too many files are open to flush it', { cause: error });
  return new TreeError(
    'FLUSH_FAILED',
    path,
    'the disk reported an error while writing; nothing written since the last checkpoint is sure',
    {
      cause: error,
    },
  );
}
