/** Which share a client gets. Pure. */
import { listedText } from './listed-text.ts';

export interface OfferedShare {
  /** '' for the one without a name. */
  readonly name: string;
  /** Names of the keys that may have it; undefined for all. */
  readonly keys: readonly string[] | undefined;
}

/** Names that a refusal tells. */
const MAX_NAMED = 12;
const MAX_CHARACTERS = 40;

/** Whether who has this key may have the share. */
function mayHave({ keys }: OfferedShare, keyName: string): boolean {
  return keys?.includes(keyName) ?? true;
}

/**
 * The share of that very name, if it is for that key; otherwise why not, for the person who asked. One that the key
 * may not have is refused in the same words as one that there is not.
 */
export function chooseShare<Share extends OfferedShare>(
  shares: readonly Share[],
  name: string,
  keyName: string,
): { readonly share: Share } | { readonly refusal: string } {
  const offered = shares.filter((share) => mayHave(share, keyName));
  const share = offered.find((one) => one.name === name);
  return share === undefined ? { refusal: refusalOf(offered, name, keyName) } : { share };
}

function refusalOf(offered: readonly OfferedShare[], name: string, keyName: string): string {
  const wanted = name === '' ? 'no share without a name' : `no share ${quoted(name)}`;
  if (offered.length === 0) return `there is ${wanted} for the key "${keyName}"`;
  const listed = offered
    .slice(0, MAX_NAMED)
    .map((one) => (one.name === '' ? 'one without a name' : quoted(one.name)));
  return `there is ${wanted} for the key "${keyName}", but ${listedText(listed, offered.length)}`;
}

/** Whole but for a name that nobody types. */
function quoted(name: string): string {
  const letters = [...name];
  return letters.length > MAX_CHARACTERS ? `"${letters.slice(0, MAX_CHARACTERS).join('')}..."` : `"${name}"`;
}
