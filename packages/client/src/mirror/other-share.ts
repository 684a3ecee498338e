/** A target belongs to one share: what stands in it is not to be taken for that of another. */
import { displayName, EXIT, UserError } from '@lanmirror/engine/host';
import type { Welcome } from '@lanmirror/protocol';
import type { Meta } from '../state/mirror-state.ts';

/**
 * Whether `share`, as its server answered for it, is another one than the target was filled from. The name alone proves
 * nothing: a share that got another name has the same index, and a share that lost its index the same name. Pure.
 */
export function isOtherShare(
  known: Pick<Meta, 'share' | 'indexId'>,
  share: string,
  { indexId }: Pick<Welcome, 'indexId'>,
): boolean {
  return known.indexId !== '' && known.indexId !== indexId && known.share !== share;
}

/** What a person is told then, who may mean it all the same. */
export function otherShare(targetDir: string, known: string, wanted: string): UserError {
  return new UserError(
    'OTHER_SHARE',
    `${displayName(targetDir)} is a mirror of ${shareText(known)}, and Share names ${shareText(wanted)} now.`,
    'Give each share a TargetDir of its own, or put Share right. If this one is to be turned over: start once with --adopt; what is not in the new share goes to the trash.',
    EXIT.held,
  );
}

/** `the share "films"`, as it stands in a sentence. */
function shareText(share: string): string {
  return share === '' ? 'the share without a name' : `the share "${displayName(share)}"`;
}
