/** A file under construction in the staging folder of a local target. */

import { fchmodSync, futimesSync } from 'node:fs';
import type { Metadata, StagedFile, Stat } from '../port.ts';
import { setFileTime } from './file-time.ts';
import type { OpenFile } from './open-file.ts';

/** What the target does for its staged files. */
export interface StagingArea {
  /** @param isFlushed the file is on stable storage already */
  publish(name: string, file: OpenFile, path: string, replace: boolean, isFlushed: boolean): Stat;
  /** What a published file is once it is closed; `stat` as it was before. */
  settledStat(path: string, stat: Stat): Stat;
  remove(name: string): void;
}

export class LocalStagedFile implements StagedFile {
  readonly name: string;
  readonly #file: OpenFile;
  readonly #area: StagingArea;
  #isFlushed = false;
  #isPublished = false;
  /** The mode that it has from its creation, as long as no other is set. */
  #mode: number | undefined;

  /** @param mode what it has; undefined where that is not known */
  constructor(name: string, file: OpenFile, area: StagingArea, mode?: number) {
    this.name = name;
    this.#file = file;
    this.#area = area;
    this.#mode = mode;
  }

  sizeBytes(): number {
    return this.#file.stat().sizeBytes;
  }

  stat(): Stat {
    return this.#file.stat();
  }

  writeSync(bytes: Uint8Array, position: number): void {
    this.#isFlushed = false;
    this.#file.writeSync(bytes, position);
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    this.#isFlushed = false;
    await this.#file.write(bytes, position);
    this.#isFlushed = false;
  }

  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    return this.#file.read(buffer, offset, length, position);
  }

  truncate(sizeBytes: number): void {
    this.#isFlushed = false;
    this.#file.truncate(sizeBytes);
  }

  setMetadata({ mode, mtimeUs }: Metadata): void {
    this.#isFlushed = false;
    this.#file.sync((descriptor) => {
      if (mode !== undefined) this.#setMode(descriptor, mode & 0o777);
      if (mtimeUs === undefined) return;
      const set = (time: number | string) => futimesSync(descriptor, time, time);
      setFileTime(mtimeUs, set, () => this.#file.stat().mtimeNs);
    });
  }

  #setMode(descriptor: number, mode: number): void {
    if (mode === this.#mode) return;
    this.#mode = undefined;
    fchmodSync(descriptor, mode);
  }

  async flush(): Promise<void> {
    this.#isFlushed = true;
    try {
      await this.#file.flush();
    } catch (error) {
      this.#isFlushed = false;
      throw error;
    }
  }

  publish(path: string, { replace }: { readonly replace: boolean }): Stat {
    const stat = this.#area.publish(this.name, this.#file, path, replace, this.#isFlushed);
    this.#isPublished = true;
    this.#file.close();
    return this.#area.settledStat(path, stat);
  }

  keep(): void {
    this.#file.abandon();
  }

  discard(): void {
    this.#file.abandon();
    if (this.#isPublished) return;
    this.#area.remove(this.name);
  }
}
