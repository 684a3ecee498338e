/** Which share a person means who agrees to something. Pure. */
import { displayName, UserError } from '@lanmirror/engine/host';
import type { Missing, StandingRoot } from '@lanmirror/engine/source';
import { plainShareName } from '@lanmirror/protocol';

/** What a running server answers to `missing`, for each share. */
export interface MissingAnswer {
  /** Its name; '' for the one without. */
  readonly share: string;
  readonly monitorDir: string;
  /** Why it waits, '' when it does not. */
  readonly halt: string;
  /** What can be agreed to, if anything. */
  readonly asked: Missing | null;
  /** Another folder in the place of the published one, if that is what it waits for. */
  readonly standing: StandingRoot | null;
}

/**
 * The share that `accept` is about: the one that is named, or else the only one for which something can be agreed to.
 * @throws UserError when there is no share of that name, or when it has to be said which one is meant
 */
export function waitingShare(shares: readonly MissingAnswer[], name: string | undefined): MissingAnswer {
  const waiting = shares.filter(({ asked, standing }) => (asked ?? standing) !== null);
  const halted = shares.filter(({ halt }) => halt !== '');
  const names = (some: readonly MissingAnswer[]): string =>
    some.map(({ share }) => displayName(share || "''")).join(', ');
  if (name === undefined && waiting.length > 1)
    throw new UserError(
      'WHICH_SHARE',
      `More than one share waits: ${names(waiting)}.`,
      'Say which one is meant: accept --share NAME.',
    );
  const found =
    name === undefined
      ? (waiting[0] ?? halted[0] ?? shares[0])
      : shares.find(({ share }) => share === plainShareName(name));
  if (found !== undefined) return found;
  throw new UserError(
    'NO_SUCH_SHARE',
    `There is no share "${displayName(name ?? '')}".`,
    `There are: ${names(shares)}.`,
  );
}
