/** Which path of which share a person means. Pure. */
import { displayName, typedPath, UserError } from '@lanmirror/engine/host';
import { plainShareName } from '@lanmirror/protocol';
import type { ShareSpec } from '../share/share-spec.ts';

export interface PathInShare<Spec> {
  readonly share: Spec;
  /** From the top of the share. */
  readonly path: string;
  /** It was typed as a folder. */
  readonly isFolder: boolean;
}

/**
 * @param typed absolute, or from the top of the share
 * @param name of the share; undefined when none was named: then it is the innermost that holds an absolute path, or the
 * only one that there is
 * @throws UserError when it is in no share, or when it has to be said in which share it is meant
 */
export function pathInShare<Spec extends Pick<ShareSpec, 'name' | 'monitorDir'>>(
  shares: readonly Spec[],
  typed: string,
  name: string | undefined,
): PathInShare<Spec> {
  const named = shares.filter((share) => name === undefined || share.name === plainShareName(name));
  const found = named.flatMap((share) => {
    const wanted = typedPath(typed, share.monitorDir);
    return wanted === undefined ? [] : [{ share, ...wanted }];
  });
  const depth = ({ share }: PathInShare<Spec>): number => share.monitorDir.length;
  const [first, second] = [...found].sort((a, b) => depth(b) - depth(a));
  if (first === undefined) throw outside(shares, named, typed, name);
  if (second === undefined || typed.startsWith('/')) return first;
  throw new UserError(
    'WHICH_SHARE',
    `${displayName(typed)} may be in more than one share.`,
    'Say which one is meant with --share NAME, or give the whole path.',
  );
}

function outside(
  shares: readonly Pick<ShareSpec, 'name' | 'monitorDir'>[],
  named: readonly Pick<ShareSpec, 'monitorDir'>[],
  typed: string,
  name: string | undefined,
): UserError {
  if (named.length === 0) {
    const names = shares.map((share) => displayName(share.name || "''")).join(', ');
    return new UserError(
      'NO_SUCH_SHARE',
      `There is no share "${displayName(name ?? '')}".`,
      `There are: ${names}.`,
    );
  }
  const roots = named.map(({ monitorDir }) => displayName(monitorDir)).join(', ');
  return new UserError(
    'OUTSIDE',
    `${displayName(typed)} is not in ${roots}.`,
    'Give a path from the top of MonitorDir, like films/a.mkv.',
  );
}
