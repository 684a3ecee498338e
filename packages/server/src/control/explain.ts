/**
 * `explain PATH`: which rule of its share decided whether it is published. By the server that runs, or by the
 * settings.
 */
import { lstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { type Explanation, explainWith, problemAt, problemOver } from '@lanmirror/engine/core';
import { EXIT, type ExitCode, explanationText, readShareRules } from '@lanmirror/engine/host';
import type { Share } from '@lanmirror/engine/source';
import type { EntryKind } from '@lanmirror/protocol';
import type { ShareSpec } from '../share/share-spec.ts';
import { type Asking, askIfRunning } from './ask-running.ts';
import { pathInShare } from './path-in-share.ts';
import { sourceFilterOf } from './source-filter-of.ts';

/** What decided about a path: a rule, its size, or what is wrong with it. */
export type PathExplanation = ReturnType<typeof explainWith<Explanation>>;

export interface ExplainAsking extends Asking {
  readonly typed: string;
}

/** @throws UserError for a path that is in no share, and when it has to be said in which share it is meant */
export async function explainCommand(asking: ExplainAsking, shares: readonly ShareSpec[]): Promise<ExitCode> {
  const { typed, isJson } = asking;
  const { share, path, isFolder } = pathInShare(shares, typed, asking.share);
  const flags = { share: share.name, path, isFolder: String(isFolder) };
  const answer = (await askIfRunning(asking, 'explain', flags))?.result as PathExplanation | null | undefined;
  const told = answer ?? explainHere(await asConfigured(share, path), path, isFolder);
  const shown = { ...told, path: path === '' ? '.' : path, whose: 'the rules of the share' };
  process.stdout.write(`${isJson ? JSON.stringify(told) : explanationText(shown)}\n`);
  return EXIT.done;
}

async function asConfigured({ monitorDir, values }: ShareSpec, path: string): Promise<Explained> {
  const { takeRulesAbove } = await import('@lanmirror/engine/source');
  const filter = await sourceFilterOf(readShareRules(values.get));
  const problems = takeRulesAbove(filter, monitorDir, path);
  const problem = problemOver(path, (at) => problems.get(at));
  return { monitorDir, filter, sightOf: () => ({ isKnown: false, problem }) };
}

/** A share as far as one of its paths is asked about. */
type Explained = Pick<Share, 'filter' | 'monitorDir' | 'sightOf'>;

/** Looks at what stands there: `isFolder` is for what does not. */
export function explainHere(explained: Explained, path: string, isFolder: boolean): PathExplanation {
  const { filter, monitorDir, sightOf } = explained;
  const stats = statsOf(join(monitorDir, path));
  const isDirectory = stats?.isDirectory() ?? isFolder;
  const kind: EntryKind = isDirectory ? 'directory' : stats?.isSymbolicLink() === true ? 'link' : 'file';
  const sizeBytes = kind === 'file' && stats !== undefined ? stats.size : null;
  const { isKnown, problem } = sightOf(path);
  const told = filter.explain({ path, kind, sizeBytes });
  const isOther = stats !== undefined && kind === 'file' && !stats.isFile();
  // What stands there now says more than what was met before.
  return isOther
    ? explainWith(told, problemAt(path, 'not-mirrored-kind'), false)
    : explainWith(told, problem, isKnown);
}

/** Undefined also where this user may not look: the problem of a folder above says so. */
function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    return undefined;
  }
}
