/**
 * The ignore files of the source, and the rules that they make of the filter.
 *
 * Rules are those of one opening of the share. While its first scan runs each folder's files are taken when it is
 * listed, before its other names are looked at. From then on a file that says something else, or has another place, is
 * `OtherRules`: nothing more is recorded, and the share is opened anew. One that is missing says what it said until it is
 * known to stay away. A file that cannot be read is no file that has gone: what it said last holds; of one that was never read nobody knows what it hides, so nothing more is published of
 * its folder.
 */
import { isWithin, joinPath, nameOf, parentOf } from '@lanmirror/protocol';
import type { FilterRule } from '../../core/index.ts';
import type { NumberedRule } from '../../host/index.ts';
import type { ReadableTree } from '../../tree/index.ts';
import {
  filterRules,
  type IgnoreFault,
  type IgnoreSight,
  isSameRules,
  lookAtIgnoreFile,
  NONE,
  readIgnoreFile,
  UNSEEN,
} from './ignore-file.ts';
import type { IgnoreMemory } from './ignore-memory.ts';
import { hasRules, type KnownIgnoreFile, KnownIgnoreFiles } from './known-ignore-files.ts';
import type { SourceFilter } from './source-filter.ts';

/** The rules of this opening are not those of the source any more. */
export class OtherRules extends Error {
  /** Of the ignore file or of the folder that made them others. */
  readonly path: string;

  constructor(path: string) {
    super(`"${path}" says something else than before, or stands elsewhere`);
    this.path = path;
  }
}

const NOT_SEEN: IgnoreSight = { mark: UNSEEN, isFresh: true };

export interface IgnoreHost {
  readonly tree: ReadableTree;
  readonly filter: SourceFilter;
  /** Without it nothing is known of files that cannot be read at a start. */
  readonly memory?: IgnoreMemory | undefined;
  wallMs(): number;
  /** It was read so soon after a change that a later one may look the same. */
  again(path: string): void;
  /** A file with rules is not there, or has none any more. They hold until it is known that it stays away. */
  missing(path: string): void;
}

export class IgnoreFiles {
  readonly #host: IgnoreHost;
  readonly #names: readonly string[];
  readonly #known: KnownIgnoreFiles;
  /** Folders whose files were taken in this opening, while its first scan runs. */
  readonly #taken = new Set<string>();
  /** Files that stay away, for the opening that follows. */
  readonly #away = new Set<string>();
  #isOpening = true;

  /** `mostWithoutRules`: how many that say nothing, or cannot be had, are known. */
  constructor(host: IgnoreHost, mostWithoutRules?: number) {
    this.#host = host;
    this.#known = new KnownIgnoreFiles(mostWithoutRules);
    this.#names = host.filter.ignoreNames;
    host.filter.clearFolders();
    for (const { path, rules } of host.memory?.all() ?? []) {
      if (!this.#names.includes(nameOf(path)) || !this.#fits(path, rules)) continue;
      this.#known.set(path, { sight: NOT_SEEN, rules, fault: undefined });
      this.#apply(parentOf(path));
    }
  }

  /** The first scan of this opening is not over. */
  get isOpening(): boolean {
    return this.#isOpening;
  }

  /** How many hold. `isStillThere`: the index has this folder. */
  count(isStillThere: (folder: string) => boolean): number {
    const held = this.#known.all().filter(([, { rules }]) => rules !== undefined);
    return held.filter(([path]) => isStillThere(parentOf(path))).length;
  }

  /** Their paths: these files are known to be in the source, also where they hide all that is, themselves included. */
  get paths(): readonly string[] {
    return this.#known.paths();
  }

  /** Names of those in a folder. */
  namesIn(folder: string): readonly string[] {
    return this.#names.filter((name) => this.#known.get(joinPath(folder, name)) !== undefined);
  }

  /** Whether an ignore file whose rules hold is not there, or has none. */
  isMissing(path: string): boolean {
    const { tree, wallMs } = this.#host;
    if (!hasRules(this.#known.get(path))) return false;
    const { mark } = lookAtIgnoreFile(tree, path, wallMs());
    return mark === NONE || (mark !== UNSEEN && readIgnoreFile(tree, path).length === 0);
  }

  /** In the opening that follows these files have no rules any more, if they are missing then. */
  letGo(paths: readonly string[]): void {
    for (const path of paths) this.#away.add(path);
  }

  /** Another opening begins: its first scan takes what is there then. */
  reopen(): void {
    this.#isOpening = true;
    this.#taken.clear();
  }

  /**
   * A whole scan is over. If it was the first one of this opening, what it did not come to holds where the index still has
   * the folder, because it cannot be looked into. Throws StoreError.
   */
  opened(isStillThere: (folder: string) => boolean): void {
    if (!this.#isOpening) return;
    for (const path of this.#known.paths()) {
      const folder = parentOf(path);
      if (this.#taken.has(folder) || isStillThere(folder)) continue;
      this.#known.delete(path);
      this.#apply(folder);
    }
    this.#isOpening = false;
    this.#taken.clear();
    this.#away.clear();
    this.#host.memory?.save(
      this.#known.all().flatMap(([path, { rules }]) => (rules === undefined ? [] : [{ path, rules }])),
    );
  }

  /**
   * A folder was listed, and its names are looked at next. Returns what is wrong with its ignore files.
   * @throws OtherRules
   */
  listed(folder: string, names: readonly string[]): IgnoreFault | undefined {
    if (this.#names.length === 0) return undefined;
    if (!this.#isOpening || this.#taken.has(folder)) return this.check(folder);
    const faults = this.#names.map((name) => {
      const path = joinPath(folder, name);
      return names.includes(name) ? this.#take(path) : this.#miss(path);
    });
    this.#taken.add(folder);
    this.#apply(folder);
    return worst(faults);
  }

  /**
   * Names in this folder, which is the one that the index has at this path, are looked at next. Returns what is wrong
   * with its ignore files.
   * @throws OtherRules
   */
  check(folder: string): IgnoreFault | undefined {
    if (this.#names.length === 0 || (this.#isOpening && !this.#taken.has(folder))) return undefined;
    return worst(this.#names.map((name) => this.#compare(joinPath(folder, name))));
  }

  /**
   * A folder has another path from now on. While the first scan has not come to its files, they go with it.
   * @throws OtherRules when it has rules that hold
   */
  moved(from: string, to: string): void {
    const inside = this.#known.all().filter(([path]) => isWithin(path, from));
    for (const [path] of inside) if (this.#isHeld(path)) throw new OtherRules(to);
    for (const [path, known] of inside) {
      const there = to + path.slice(from.length);
      this.#known.delete(path);
      this.#known.set(there, known);
      this.#apply(parentOf(path));
      this.#apply(parentOf(there));
    }
  }

  /** Whether rules of this opening begin at a folder or below. */
  areBelow(folder: string): boolean {
    for (const path of this.#known.paths()) if (isWithin(path, folder) && this.#isHeld(path)) return true;
    return false;
  }

  #isHeld(path: string): boolean {
    const isTaken = !this.#isOpening || this.#taken.has(parentOf(path));
    return isTaken && hasRules(this.#known.get(path));
  }

  /** In the first scan of an opening what is there now holds from now on. */
  #take(path: string): IgnoreFault | undefined {
    const { tree, wallMs, again } = this.#host;
    const known = this.#known.get(path);
    const sight = lookAtIgnoreFile(tree, path, wallMs());
    if (sight.mark === NONE) return this.#miss(path);
    if (sight.isFresh) again(path);
    const rules = readIgnoreFile(tree, path);
    if (rules === 'ignore-unknown') return this.#keep(path, sight, unread(known));
    if (rules.length === 0 && this.#isDoubted(path)) return this.#miss(path);
    if (rules === 'ignore-limit' || !this.#fits(path, rules)) return this.#keep(path, sight, 'ignore-limit');
    this.#known.set(path, { sight, rules, fault: undefined });
    return undefined;
  }

  /** After that scan only what says the same is taken, and what cannot hold changes nothing. */
  #compare(path: string): IgnoreFault | undefined {
    const { tree, wallMs, again } = this.#host;
    const known = this.#known.get(path);
    const sight = lookAtIgnoreFile(tree, path, wallMs());
    if (sight.mark === UNSEEN) return known?.fault;
    const isSame = sight.mark === (known?.sight.mark ?? NONE);
    if (isSame && known?.sight.isFresh !== true && known?.fault === undefined) return undefined;
    if (sight.isFresh) again(path);
    if (sight.mark === NONE) return this.#miss(path);
    const rules = readIgnoreFile(tree, path);
    if (rules === 'ignore-unknown') return this.#keep(path, sight, unread(known));
    if (rules === 'ignore-limit') return this.#keep(path, sight, rules);
    if (rules.length === 0 && this.#isDoubted(path)) return this.#miss(path);
    if (!isSameRules(rules, known?.rules ?? [])) {
      if (!this.#fits(path, rules)) return this.#keep(path, sight, 'ignore-limit');
      throw new OtherRules(path);
    }
    this.#known.set(path, { sight, rules, fault: undefined });
    this.#apply(parentOf(path));
    return undefined;
  }

  /** It is missing, and may be only for a moment. */
  #isDoubted(path: string): boolean {
    return hasRules(this.#known.get(path)) && !this.#away.has(path);
  }

  #miss(path: string): undefined {
    if (this.#isDoubted(path)) this.#host.missing(path);
    else this.#known.delete(path);
  }

  /** What a file said last holds. */
  #keep(path: string, sight: IgnoreSight, fault: IgnoreFault): IgnoreFault {
    this.#known.set(path, { sight, rules: this.#known.get(path)?.rules, fault });
    return fault;
  }

  /** Whether a share can have these rules beside all others. */
  #fits(path: string, rules: readonly NumberedRule[]): boolean {
    const folder = parentOf(path);
    return this.#host.filter.hasRoomFor(folder, this.#rulesOf(folder, new Map([[path, rules]])));
  }

  #apply(folder: string): void {
    this.#host.filter.setFolder(folder, this.#rulesOf(folder));
  }

  /** Of several files in a folder those that are named later stand behind. `instead`: what one says in place of what holds. */
  #rulesOf(folder: string, instead: ReadonlyMap<string, readonly NumberedRule[]> = new Map()): FilterRule[] {
    return this.#names.flatMap((name) => {
      const path = joinPath(folder, name);
      return filterRules(instead.get(path) ?? this.#known.get(path)?.rules ?? [], path);
    });
  }
}

function unread(known: KnownIgnoreFile | undefined): IgnoreFault {
  return known?.rules === undefined ? 'ignore-unknown' : 'ignore-kept';
}

/** The worst of the faults of one folder: that which hides it. */
function worst(faults: readonly (IgnoreFault | undefined)[]): IgnoreFault | undefined {
  return faults.find((fault) => fault !== undefined && fault !== 'ignore-kept') ?? faults.find(Boolean);
}
