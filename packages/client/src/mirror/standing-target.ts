/**
 * What stands where a target was joined, when its marker is not there: a bare mount point, a new disk, or the
 * old one without its contents. Only a person can tell these apart.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { displayName, EXIT, listedLines, UserError } from '@lanmirror/engine/host';

const MAX_LISTED = 20;

export interface StandingTarget {
  /** Names this folder: another one has another token. */
  readonly token: string;
  readonly isThere: boolean;
  /** Names directly in it. */
  readonly nameCount: number;
  /** The first of them. */
  readonly names: readonly string[];
}

/** Looks at the folder. @throws UserError when it cannot be looked at, or is none */
export function describeTarget(targetDir: string): StandingTarget {
  try {
    const stat = lstatSync(targetDir, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return { token: 'none', isThere: false, nameCount: 0, names: [] };
    const names = readdirSync(targetDir).sort();
    const token = createHash('sha256').update(`${stat.dev} ${stat.ino} ${stat.birthtimeNs}`).digest('hex');
    return { token, isThere: true, nameCount: names.length, names: names.slice(0, MAX_LISTED) };
  } catch (error) {
    throw new UserError(
      'TARGET_UNREADABLE',
      `${displayName(targetDir)} cannot be looked at (${(error as NodeJS.ErrnoException).code ?? String(error)}).`,
      'Look at its disk, and at the permissions of the folders above it.',
      EXIT.held,
    );
  }
}

/** The same for a person who is asked whether it is to be filled again. Pure. */
export function standingTargetText(
  targetDir: string,
  { isThere, nameCount, names }: StandingTarget,
): string[] {
  const content =
    nameCount === 0 ? 'is empty' : `has ${nameCount === 1 ? '1 name' : `${nameCount} names`} in it`;
  return [
    `${displayName(targetDir)} carries no marker of this mirror, and ${isThere ? content : 'does not exist'}.`,
    ...listedLines(
      names.map((name) => `  ${displayName(name)}`),
      nameCount,
    ),
    'If its disk is not mounted, mount it, and the mirror goes on by itself.',
    `If this is the folder to fill again: what matches is kept, what is extra goes to the trash.`,
  ];
}
