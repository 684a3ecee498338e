/**
 * Paths of a target that cannot hold every name, told as those of its source. Knows the names that an entry
 * may have there, and nothing of which sibling has which: of several that may have a name it is taken for the one
 * it is like, and what stands under the name of none counts as a difference.
 */
import {
  isMarkedName,
  type NameRule,
  naturalName,
  PLAIN_NAMES,
  sideName,
  sourceName,
} from '@lanmirror/engine/core';
import { hashText } from '@lanmirror/engine/tree';
import { joinPath, nameOf, parentOf } from '@lanmirror/protocol';
import type { MemoryNode } from './node-walk.ts';
import type { DiskKind } from './scene.ts';

const RULES: Readonly<Record<DiskKind, NameRule>> = {
  windows: { ...PLAIN_NAMES, foldsCase: true, isWindows: true },
  macos: { ...PLAIN_NAMES, foldsCase: true, foldsForm: true },
};

/** Ends the name of what stands a second time under a name of the source. */
const AGAIN = ' (again)';

/** The path at the source of one that {@link undone} has, whichever of two namesakes it is. */
export function unrepeated(path: string): string {
  return path.replaceAll(AGAIN, '');
}

/** The path here of one that {@link undone} has, where what stands a second time has its side name. */
export function repeated(path: string, disk: DiskKind): string {
  const nameHere = (name: string): string =>
    name.endsWith(AGAIN) ? sideName(RULES[disk], unrepeated(name), hashText) : name;
  return path.split('/').map(nameHere).join('/');
}

/** `facts` by path of the target, `expected` by path of `source`; '.' is the folder itself. */
export function undone(
  facts: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
  source: MemoryNode | undefined,
  disk: DiskKind,
): Map<string, string> {
  const shown = new Map<string, string[]>();
  for (const path of facts.keys())
    if (path !== '.') shown.set(parentOf(path), [...(shown.get(parentOf(path)) ?? []), nameOf(path)]);
  const found = new Map<string, string>();
  const own = facts.get('.');
  if (own !== undefined) found.set('.', own);
  const visit = (folder: string, at: string, twin: MemoryNode | undefined): void => {
    const mirrorable = [...(twin?.slots.values() ?? [])].filter(({ node }) => node.kind !== 'other');
    const siblings = mirrorable.map(({ name }) => name);
    const isLike = (name: string, sibling: string): boolean => {
      const path = joinPath(folder, name);
      const other = joinPath(at, sibling);
      // Empty folders are like all others of their time; one that is not is known by what is in it.
      const inside = (shown.get(path) ?? []).map((child) => facts.get(joinPath(path, child)));
      const isOfIt = (fact: string | undefined): boolean =>
        [...(twin?.slots.get(sibling)?.node.slots.keys() ?? [])].some(
          (child) => expected.get(joinPath(other, child)) === fact,
        );
      return facts.get(path) === expected.get(other) && (inside.length === 0 || inside.some(isOfIt));
    };
    const names = matched(shown.get(folder) ?? [], siblings, RULES[disk], isLike);
    for (const [name, original] of names) {
      const path = joinPath(folder, name);
      const isTaken = found.has(joinPath(at, original));
      const known = joinPath(at, isTaken ? `${original}${AGAIN}` : original);
      found.set(known, facts.get(path) ?? '');
      visit(path, known, twin?.slots.get(original)?.node);
    }
  };
  visit('', '', source);
  return found;
}

/** Each name that a folder shows, with that of the source. Side names say whose they are, so they come first. */
function matched(
  shown: readonly string[],
  siblings: readonly string[],
  rule: NameRule,
  isLike: (name: string, sibling: string) => boolean,
): Map<string, string> {
  const free = new Set(siblings);
  const names = new Map<string, string>();
  const isSame = (a: string, b: string): boolean =>
    a === b || (rule.foldsForm && a.normalize('NFC') === b.normalize('NFC'));
  const take = (name: string, isIts: (sibling: string) => boolean): void => {
    const able = [...free].filter(isIts);
    const original = able.find((one) => isLike(name, one)) ?? able[0] ?? sourceName(rule, name) ?? name;
    free.delete(original);
    names.set(name, original);
  };
  for (const name of shown.filter(isMarkedName))
    take(
      name,
      (one) => isSame(sideName(rule, one, hashText), name) || isSame(naturalName(rule, one, hashText), name),
    );
  for (const name of shown.filter((one) => !isMarkedName(one)))
    take(name, (one) => isSame(one, sourceName(rule, name) ?? name));
  return names;
}
