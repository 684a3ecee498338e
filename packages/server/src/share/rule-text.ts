/** What a person is told of other rules of a share. Pure. */
import { listedText } from '@lanmirror/engine/core';
import { displayName } from '@lanmirror/engine/host';
import type { LeftOutPaths } from '@lanmirror/engine/source';

const BEGINNING = 'The rules are other ones, and the folder is scanned by them now';

/** Where other ignore files are read than before. */
export const LATER_TEXT = `${BEGINNING}; what ignore files say is known, and told, after that.`;

/** Before they take effect. */
export function removedText({ count, first }: LeftOutPaths): string {
  if (count === 0) return `${BEGINNING}; they leave out nothing of what is published.`;
  const they = count === 1 ? 'it' : 'them';
  return `${BEGINNING}; they leave out ${paths(count)} that ${count === 1 ? 'is' : 'are'} published, and mirrors keep what they have of ${they}: ${named(count, first)}`;
}

/** When the folder was scanned by them. */
export function addedText({ count, first }: LeftOutPaths): string {
  if (count === 0) return 'The new rules are in effect; nothing is published that was left out.';
  const which = `that ${count === 1 ? 'was' : 'were'} left out`;
  return `The new rules are in effect; ${paths(count)} ${which} ${count === 1 ? 'is' : 'are'} published: ${named(count, first)}`;
}

function paths(count: number): string {
  return count === 1 ? '1 path' : `${count} paths`;
}

function named(count: number, first: readonly string[]): string {
  return listedText(
    first.map((path) => displayName(path)),
    count,
  );
}
