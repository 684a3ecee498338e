/**
 * A source that is edited without a pause, and remembers every content that it ever had. Folders of the
 * second level are renamed, so that no single rename moves most of a large tree.
 */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { filesBelow, hashOf } from './disturbed-run.ts';

const SMALL_BYTES = 8 << 10;
const LARGE_BYTES = 3 << 20;

const foldersIn = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(dir, name));

export class RestlessSource {
  readonly #root: string;
  readonly #random: () => number;
  readonly #pauseMs: number;
  #count = 0;
  #folders: string[];
  /** Files that were there at the start: they are moved and deleted, never written to. */
  #kept: string[];
  #written: string[] = [];
  /** Hash of every content that a file of the source ever had. */
  readonly contents: Set<string>;
  /** Of these, what was there at the start. */
  readonly keepsakes: ReadonlySet<string>;

  /** `root` is filled already; what comes into it later is left alone. `pauseMs` lies between two edits. */
  constructor(root: string, random: () => number, pauseMs: number) {
    this.#root = root;
    this.#random = random;
    this.#pauseMs = pauseMs;
    this.#kept = filesBelow(root);
    this.keepsakes = new Set(this.#kept.map((path) => hashOf(readFileSync(path))));
    // A file is empty for a moment when it is written in place.
    this.contents = new Set([...this.keepsakes, hashOf(new Uint8Array(0))]);
    this.#folders = [root, ...foldersIn(root).flatMap((folder) => foldersIn(folder))];
  }

  /** Edits made so far. */
  get edits(): number {
    return this.#count;
  }

  /** Edits until the work is done. */
  async during(work: () => Promise<void>): Promise<void> {
    const timer = setInterval(() => this.#edit(), this.#pauseMs);
    try {
      await work();
    } finally {
      clearInterval(timer);
    }
  }

  #edit(): void {
    this.#count += 1;
    const dice = this.#random();
    if (dice < 0.3) this.#write(this.#newPath(), this.#random() < 0.02 ? LARGE_BYTES : SMALL_BYTES);
    else if (dice < 0.45) this.#overwrite();
    else if (dice < 0.55) this.#append();
    else if (dice < 0.7) this.#move();
    else if (dice < 0.8) this.#delete();
    else if (dice < 0.86) this.#moveFolder();
    else if (dice < 0.9) mkdirSync(this.#newPath());
    else if (dice < 0.94) symlinkSync(`somewhere ${this.#count}`, this.#newPath());
    else if (this.#written.length > 0)
      chmodSync(this.#pick(this.#written), this.#random() < 0.5 ? 0o600 : 0o644);
  }

  #pick(list: readonly string[]): string {
    return list[Math.floor(this.#random() * list.length)] ?? '';
  }

  #newPath(): string {
    return join(this.#pick(this.#folders), `edit ${this.#count}`);
  }

  #content(maxBytes: number): Buffer {
    const content = Buffer.alloc(1 + Math.floor(this.#random() * maxBytes), `${this.#count} `);
    this.contents.add(hashOf(content));
    return content;
  }

  #write(path: string, maxBytes: number): void {
    const content = this.#content(maxBytes);
    // More than a page in place is read torn by anybody; it comes whole, by a rename.
    if (maxBytes > SMALL_BYTES) this.#replace(path, content);
    else writeFileSync(path, content);
    this.#written.push(path);
  }

  #replace(path: string, content: Buffer): void {
    const temporary = `${path}.${this.#count}`;
    this.contents.add(hashOf(content));
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  }

  #overwrite(): void {
    if (this.#written.length > 0) this.#replace(this.#pick(this.#written), this.#content(SMALL_BYTES));
  }

  #append(): void {
    if (this.#written.length === 0) return;
    const path = this.#pick(this.#written);
    appendFileSync(path, `appended ${this.#count}`);
    this.contents.add(hashOf(readFileSync(path)));
  }

  #move(): void {
    const list = this.#random() < 0.5 ? this.#kept : this.#written;
    const at = Math.floor(this.#random() * list.length);
    const from = list[at];
    if (from === undefined) return;
    const to = this.#newPath();
    renameSync(from, to);
    list[at] = to;
  }

  #delete(): void {
    const list = this.#random() < 0.3 ? this.#kept : this.#written;
    const [path] = list.splice(Math.floor(this.#random() * list.length), 1);
    if (path !== undefined) rmSync(path);
  }

  #moveFolder(): void {
    const from = this.#pick(this.#folders.slice(1));
    if (from === '') return;
    const to = join(this.#root, `folder ${this.#count}`);
    renameSync(from, to);
    const moved = (path: string): string =>
      path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;
    this.#folders = this.#folders.map(moved);
    this.#kept = this.#kept.map(moved);
    this.#written = this.#written.map(moved);
  }
}
