/**
 * Watches the target at every change of a name or of bytes: what stands under a final name, what was
 * thrown away, and what a power cut took.
 */
import { isWithin } from '@lanmirror/protocol';
import type { MemoryDisk } from '../../packages/engine/src/tree/memory/disk.ts';
import { contentKey } from './content.ts';
import { type MemoryNode, walk } from './node-walk.ts';
import type { SourceHistory } from './source-history.ts';
import { sourcePath } from './source-site.ts';

/** Of a path at the source a version is kept at most this often. */
const VERSION_INTERVAL_MS = 3_600_000;

interface Visible {
  readonly path: string;
  readonly key: string;
}

export class TargetOracle {
  /** Changes that the client made to what a person can see. */
  visibleChanges = 0;
  readonly #disk: MemoryDisk;
  readonly #source: SourceHistory;
  readonly #root: string;
  readonly #nowMs: () => number;
  readonly #knownPath: (path: string) => string;
  readonly #violated: (text: string) => void;
  readonly #local = new Set<string>();
  readonly #localPaths = new Set<string>();
  readonly #keptMs = new Map<string, number>();
  /** Files that a power cut may have left empty. */
  #torn = new Set<MemoryNode>();
  #visible = new Map<MemoryNode, Visible>();
  #proven = new Map<MemoryNode, string>();
  /** Files in the trash, or parked. */
  #aside = new Set<MemoryNode>();
  /** Names that were proved and have never been missing since. */
  #standing = new Set<string>();
  #isLocal = false;

  /** `knownPath`: the path at the source of what stands at a path here. */
  constructor(
    disk: MemoryDisk,
    source: SourceHistory,
    root: string,
    nowMs: () => number,
    knownPath: (path: string) => string,
    violated: (text: string) => void,
  ) {
    this.#disk = disk;
    this.#source = source;
    this.#root = root;
    this.#nowMs = nowMs;
    this.#knownPath = knownPath;
    this.#violated = violated;
    disk.listeners.add((folder) => {
      if (!this.#isLocal) this.#changed(folder);
    });
  }

  /** Somebody else edits the target. `paths` are those that are touched. */
  edit(paths: readonly string[], work: () => void): void {
    this.#isLocal = true;
    try {
      work();
    } finally {
      this.#isLocal = false;
      for (const path of paths) this.#localPaths.add(path);
      this.#visible = this.#look();
      this.#forgetMissing();
      for (const path of this.#standing)
        if (paths.some((touched) => isWithin(path, touched))) this.#standing.delete(path);
      for (const { key } of this.#visible.values()) if (!this.#source.contents.has(key)) this.#local.add(key);
    }
  }

  /** Whether somebody else worked at or around this path. */
  isEdited(path: string): boolean {
    for (const touched of this.#localPaths)
      if (isWithin(path, touched) || isWithin(touched, path)) return true;
    return false;
  }

  /** The target is unmounted, or mounted again. */
  remounted(): void {
    this.#visible = this.#look();
  }

  puttingAway(path: string): void {
    if (this.isEdited(path)) return;
    const files = [...this.#visible.values()].filter((file) => isWithin(file.path, path));
    // What was never told to be in sync here may be something older that came with a folder.
    const isNeeded = (file: Visible): boolean =>
      this.#standing.has(file.path) && this.#source.isSteady(sourcePath(this.#root, file.path), file.key);
    if (files.length === 0 || !files.every(isNeeded)) return;
    this.#violated(`I9: ${path} was put away, and the source has it all the time`);
  }

  keptVersion(path: string): void {
    this.#keptMs.set(this.#knownPath(path), this.#nowMs());
  }

  /** The client said that it is in sync: what is there now must outlive a power cut. */
  proved(): void {
    this.#proven = this.#all();
    const files = [...this.#visible.values()].filter(({ key }) => key !== '');
    this.#standing = new Set(files.map(({ path }) => path));
  }

  /** `cut` cuts the power. */
  powerLoss(cut: () => void): void {
    const before = this.#all();
    cut();
    const after = this.#all();
    for (const [node, key] of this.#proven) {
      if (before.get(node) === key && after.get(node) !== key) {
        this.#violated(`I6: a power cut took ${JSON.stringify(key)}`);
      }
    }
    for (const [path, node] of walk(this.#disk.root)) {
      const isTorn = node.kind === 'file' && node.bytes.length === 0 && !this.#source.contents.has('');
      if (isTorn && this.#standing.has(path))
        this.#violated(`I2: a power cut left ${path} empty, a name that had a content`);
    }
    // What was parked in that moment is seen again when it gets its place.
    const left = [...walk(this.#disk.root), ...walk(this.#disk.parking)];
    this.#torn = new Set(left.map(([, node]) => node).filter((node) => node.bytes.length === 0));
    this.#visible = this.#look();
    this.#aside = this.#filesAside();
    this.#forgetMissing();
  }

  #changed(folder: MemoryNode): void {
    const { staging, parking, trash } = this.#disk;
    if (folder !== staging && folder !== parking && folder !== trash) this.visibleChanges += 1;
    const before = this.#visible;
    this.#visible = this.#look();
    this.#forgetMissing();
    for (const [node, { path, key }] of before) {
      if (this.#visible.get(node)?.key !== key && !this.#isKept(node, path, key)) {
        const code = this.#local.has(key) ? 'I10' : 'I6';
        this.#violated(`${code}: ${JSON.stringify(key)} at ${path} was lost and is not in the trash`);
      }
    }
    this.#checkAside();
    for (const [node, { path, key }] of this.#visible) {
      const isLegal = this.#source.contents.has(key) || this.#local.has(key);
      if (!isLegal && !(key === '' && this.#torn.has(node))) {
        this.#violated(`I2: ${path} shows ${JSON.stringify(key)}, which never existed`);
      }
    }
  }

  /** What was put aside stays there, or goes back to where it can be seen. */
  #checkAside(): void {
    const before = this.#aside;
    this.#aside = this.#filesAside();
    for (const node of before) {
      if (this.#aside.has(node) || this.#visible.has(node)) continue;
      this.#violated(
        `I6: ${JSON.stringify(contentKey(node.bytes))} was lost from the trash, or while parked`,
      );
    }
  }

  #filesAside(): Set<MemoryNode> {
    const aside = new Set<MemoryNode>();
    for (const own of [this.#disk.parking, this.#disk.trash])
      for (const [, node] of walk(own)) if (node.kind === 'file') aside.add(node);
    return aside;
  }

  #forgetMissing(): void {
    const paths = new Set([...this.#visible.values()].map(({ path }) => path));
    for (const path of this.#standing) if (!paths.has(path)) this.#standing.delete(path);
  }

  #isKept(node: MemoryNode, path: string, key: string): boolean {
    if (key === '') return true;
    for (const own of [this.#disk.parking, this.#disk.trash]) {
      for (const [, there] of walk(own)) {
        if (there.kind === 'file' && (there === node || contentKey(there.bytes) === key)) return true;
      }
    }
    const keptMs = this.#keptMs.get(this.#knownPath(path)) ?? Number.NEGATIVE_INFINITY;
    return !this.#local.has(key) && this.#nowMs() - keptMs < VERSION_INTERVAL_MS;
  }

  #look(): Map<MemoryNode, Visible> {
    const visible = new Map<MemoryNode, Visible>();
    for (const [path, node] of walk(this.#disk.root)) {
      if (node.kind === 'file') visible.set(node, { path, key: contentKey(node.bytes) });
    }
    return visible;
  }

  /** Every file that can be reached, with the key of its content. */
  #all(): Map<MemoryNode, string> {
    const files = new Map<MemoryNode, string>();
    for (const folder of [this.#disk.root, this.#disk.parking, this.#disk.trash]) {
      for (const [, node] of walk(folder)) if (node.kind === 'file') files.set(node, contentKey(node.bytes));
    }
    return files;
  }
}
