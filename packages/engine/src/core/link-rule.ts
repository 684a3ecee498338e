/**
 * Which symbolic links of the source a mirror gets.
 *
 *   keep  all of them, as they are
 *   safe  those that cannot lead out of the mirrored folder
 *   skip  none
 *
 * A link is safe when its target is relative, climbs only at its beginning, and not above the mirrored
 * folder. `a/../b` is not: where it leads is decided by what `a` is, and that may be a link itself. From a
 * real folder upwards there are real folders only, and whatever safe link is met on the way down leads to
 * a place inside again; so nothing that is reached through safe links alone is outside.
 */
export type LinkRule = 'keep' | 'safe' | 'skip';

/** Why a link is not mirrored, or that it is. */
export type LinkVerdict = 'mirrored' | 'leads-outside' | 'skipped';

/**
 * @param depth number of folders between the mirrored folder and the link; 0 for a link directly in it
 * @param target as it is stored in the link
 */
export function judgeLink(rule: LinkRule, depth: number, target: string): LinkVerdict {
  if (rule === 'keep') return 'mirrored';
  if (rule === 'skip') return 'skipped';
  return leadsOutside(depth, target) ? 'leads-outside' : 'mirrored';
}

function leadsOutside(depth: number, target: string): boolean {
  // What a server with drive letters calls absolute or a separator is not a name here: in doubt it leads outside.
  if (target === '' || target.startsWith('/') || target.includes('\\') || /^[A-Za-z]:/.test(target))
    return true;
  const names = target.split('/').filter((name) => name !== '' && name !== '.');
  const down = names.findIndex((name) => name !== '..');
  const climbs = down === -1 ? names.length : down;
  return climbs > depth || names.includes('..', climbs);
}
