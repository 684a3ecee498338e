/**
 * Which differences between an entry of the source and what stands at its place count: those that do are put right, and
 * what differs only in others stays as it is. Pure.
 *
 * A folder that stands has nothing to be compared; what is in it has.
 */
import type { EntryKind } from '@lanmirror/protocol';

/**
 * `missing`: nothing stands there, or something of another kind. `size`: another size. `newer`: the source's time is
 * later. `mtime`: another time. `hash`: another content, or another target of a link.
 */
export type Difference = 'missing' | 'size' | 'newer' | 'mtime' | 'hash';

/** In the order in which they are named. */
export const DIFFERENCES: readonly Difference[] = ['missing', 'size', 'newer', 'mtime', 'hash'];

/** Those that count. */
export type CompareRule = readonly Difference[];

export const COMPARE_ALL: CompareRule = ['missing', 'size', 'mtime', 'hash'];

/** What is compared of an entry of the source, and of what stands. */
export interface Compared {
  readonly kind: EntryKind;
  /** Equal versions are equal contents. */
  readonly version: number;
  readonly sizeBytes: number;
  readonly mtimeUs: number;
  readonly mode: number;
  readonly linkTarget: string;
}

/** Whether two times, of the target and of the source in microseconds, are taken for the same. */
export type SameTime = (here: number, there: number) => boolean;

/** Whether every difference counts: another size is another content, and a later time another one. */
export function isAllCompared(rule: CompareRule): boolean {
  return rule.includes('missing') && rule.includes('mtime') && rule.includes('hash');
}

/** As it is written down: `missing, size`. */
export function compareText(rule: CompareRule): string {
  return DIFFERENCES.filter((one) => rule.includes(one)).join(', ');
}

/** In what an entry of the source differs from what stands at its place (undefined: nothing); in the order of {@link DIFFERENCES}. */
export function differencesFrom(
  source: Compared,
  standing: Compared | undefined,
  isSameTime: SameTime,
): Difference[] {
  if (standing === undefined || standing.kind !== source.kind) return ['missing'];
  if (source.kind === 'directory') return [];
  const isFile = source.kind === 'file';
  const isOtherSize = isFile && standing.sizeBytes !== source.sizeBytes;
  const isOtherTime = !isSameTime(standing.mtimeUs, source.mtimeUs);
  const isOtherContent = isFile
    ? isOtherSize || standing.version !== source.version
    : standing.linkTarget !== source.linkTarget;
  const holds: Readonly<Record<Difference, boolean>> = {
    missing: false,
    size: isOtherSize,
    newer: isOtherTime && source.mtimeUs > standing.mtimeUs,
    mtime: isOtherTime,
    hash: isOtherContent,
  };
  return DIFFERENCES.filter((one) => holds[one]);
}

/** The first difference that counts; undefined when what stands is left as it is. */
export function isWanted(
  rule: CompareRule,
  source: Compared,
  standing: Compared | undefined,
  isSameTime: SameTime,
): Difference | undefined {
  return differencesFrom(source, standing, isSameTime).find((one) => rule.includes(one));
}

/**
 * What is to stand at the place of an entry of the source: the entry itself where a difference counts; else what stands,
 * wholly, under the source's name. Without any difference it is the entry, too, so that its mode comes; its time, which
 * may be another one within what is taken for the same, comes where times count. Undefined for nothing.
 */
export function aimFor<E extends Compared>(
  rule: CompareRule,
  source: E,
  standing: Compared | undefined,
  isSameTime: SameTime,
): E | undefined {
  if (isAllCompared(rule)) return source;
  const differences = differencesFrom(source, standing, isSameTime);
  if (differences.some((one) => rule.includes(one))) return source;
  if (standing === undefined) return undefined;
  if (source.kind === 'directory' && standing.kind === 'directory') return source;
  if (differences.length === 0)
    return rule.includes('mtime') ? source : { ...source, mtimeUs: standing.mtimeUs };
  const { kind, version, sizeBytes, mtimeUs, mode, linkTarget } = standing;
  return { ...source, kind, version, sizeBytes, mtimeUs, mode, linkTarget };
}

/** Whether what is to stand is not all that the source has: something is left as it is, or out. */
export function isPassedOver(source: Compared, aim: Compared | undefined): boolean {
  return (
    aim === undefined ||
    aim.kind !== source.kind ||
    (source.kind === 'file' && (aim.version !== source.version || aim.sizeBytes !== source.sizeBytes)) ||
    aim.mtimeUs !== source.mtimeUs ||
    aim.linkTarget !== source.linkTarget
  );
}
