/** A target belongs to one source: what stands in it is not to be taken for that of another. */
import { displayName, EXIT, UserError } from '@lanmirror/engine/host';
import type { Welcome } from '@lanmirror/protocol';
import { lineWith } from '../job/job-line.ts';
import type { Meta } from '../state/mirror-state.ts';

/** Where a target is filled from. */
export type Origin = Pick<Meta, 'share' | 'sourceDir'>;

/**
 * Whether `wanted`, as it answered, is another source than the target was filled from. Neither its name nor its index
 * proves anything alone: what got another name or moved to another folder may have the same index, and what lost its
 * index the same name. Pure.
 */
export function isOtherSource(
  known: Origin & Pick<Meta, 'indexId'>,
  wanted: Origin,
  { indexId }: Pick<Welcome, 'indexId'>,
): boolean {
  return known.indexId !== '' && known.indexId !== indexId && !isSameOrigin(known, wanted);
}

/** Whether both have the same name. Pure. */
export function isSameOrigin(one: Origin, other: Origin): boolean {
  return one.share === other.share && one.sourceDir === other.sourceDir;
}

/** What a person is told then, who may mean it all the same. `job`: the name of the mirror, '' for the only one. */
export function otherSource(job: string, targetDir: string, known: Origin, wanted: Origin): UserError {
  const once = job === '' ? 'start once with --adopt' : `"${lineWith('sync --adopt', job)}"`;
  const isBetweenShares = known.sourceDir === '' && wanted.sourceDir === '';
  const [code, who] = isBetweenShares
    ? ['OTHER_SHARE', 'Share names']
    : ['OTHER_SOURCE', 'the settings name'];
  const [place, right] = isBetweenShares ? ['share', 'Share'] : ['source', 'the settings'];
  return new UserError(
    code,
    `${displayName(targetDir)} is a mirror of ${originText(known)}, and ${who} ${originText(wanted)} now.`,
    `Give each ${place} a TargetDir of its own, or put ${right} right. If this one is to be turned over: ${once}; what is not in the new ${place} goes as Delete and Trash say.`,
    EXIT.held,
  );
}

/** `the share "films"`, as it stands in a sentence. */
function originText({ share, sourceDir }: Origin): string {
  if (sourceDir !== '') return `the folder ${displayName(sourceDir)}`;
  return share === '' ? 'the share without a name' : `the share "${displayName(share)}"`;
}
