/**
 * Where a server keeps what it remembers: a _home_ for the program (its keys, its lock, the control socket), and a
 * state folder for each share.
 *
 * With one folder to publish, and no sections, both are the same folder. With sections the home is named after the INI,
 * and each share has the state folder that it would have alone: so a share that becomes a section keeps its index.
 * With a given StateDir that is the home, and shares are in it; the one that had it for itself keeps it.
 */
import { join } from 'node:path';
import {
  findServerHome,
  findStateDir,
  openServerHome,
  openStateDir,
  ownerIn,
  SERVER_OF_MANY,
  type StateDirInput,
  stateDirFor,
  stateDirName,
} from '@lanmirror/engine/host';

export interface HomeInput {
  /** The published folders, absolute and real. */
  readonly roots: readonly string[];
  /** They are sections of this INI, absolute; '' for one folder without sections. */
  readonly iniPath: string;
  /** A given StateDir, absolute; '' for the default. */
  readonly given: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Home {
  /** Of the program. */
  readonly dir: string;
  /** Of each share, in the order of the roots; each is opened with its share. */
  readonly stateDirs: readonly string[];
}

/** Opens the home, making it if needed. Throws UserError like `openStateDir`. */
export function openHome(input: HomeInput): Home {
  if (isOfMany(input)) openServerHome(input.given);
  return placesOf(input, openStateDir);
}

/** The same for a command that changes nothing: nothing is made. Throws UserError like `findStateDir`. */
export function findHome(input: HomeInput): Home {
  if (isOfMany(input)) findServerHome(input.given);
  return placesOf(input, findStateDir);
}

/**
 * Opens the state folder of one share, making it if needed.
 * @param stateDir one of {@link Home.stateDirs}
 * @throws UserError like `openStateDir`: a fault of this share alone
 */
export function openShareState(root: string, stateDir: string): void {
  openStateDir({ program: 'server', root, given: stateDir, env: {} });
}

/** Whether the given folder is for all shares, and not for the root alone. */
function isOfMany({ given, iniPath }: HomeInput): boolean {
  return given !== '' && (iniPath !== '' || ownerIn(given) === SERVER_OF_MANY);
}

function placesOf(input: HomeInput, place: typeof openStateDir): Home {
  const { roots, iniPath, given, env } = input;
  const of = (root: string, dir: string): StateDirInput => ({ program: 'server', root, given: dir, env });
  if (isOfMany(input)) {
    const owner = ownerIn(given);
    const dirOf = (root: string): string =>
      owner === `server ${root}` ? given : join(given, 'shares', stateDirName(root));
    return { dir: given, stateDirs: roots.map(dirOf) };
  }
  const stateDirs = roots.map((root) => stateDirFor(of(root, given)));
  const isIni = iniPath !== '';
  return { dir: place({ ...of(isIni ? iniPath : (roots[0] ?? ''), given), isIni }), stateDirs };
}
