/**
 * `explain PATH`: which rule of its share decided whether it is published. By the server that runs, or by the
 * settings.
 */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Explanation } from '@lanmirror/engine/core';
import { EXIT, type ExitCode, explanationText, readShareRules } from '@lanmirror/engine/host';
import type { Share } from '@lanmirror/engine/source';
import type { EntryKind } from '@lanmirror/protocol';
import type { ShareSpec } from '../share/share-spec.ts';
import { type Asking, askIfRunning } from './ask-running.ts';
import { pathInShare } from './path-in-share.ts';
import { sourceFilterOf } from './source-filter-of.ts';

export interface ExplainAsking extends Asking {
  readonly typed: string;
}

/** @throws UserError for a path that is in no share, and when it has to be said in which share it is meant */
export async function explainCommand(asking: ExplainAsking, shares: readonly ShareSpec[]): Promise<ExitCode> {
  const { typed, isJson } = asking;
  const { share, path, isFolder } = pathInShare(shares, typed, asking.share);
  const flags = { share: share.name, path, isFolder: String(isFolder) };
  const answer = (await askIfRunning(asking, 'explain', flags))?.result as Explanation | null | undefined;
  const told = answer ?? explainHere(await asConfigured(share, path), path, isFolder);
  const shown = { ...told, path: path === '' ? '.' : path, whose: 'the rules of the share' };
  process.stdout.write(`${isJson ? JSON.stringify(told) : explanationText(shown)}\n`);
  return EXIT.done;
}

async function asConfigured({ monitorDir, values }: ShareSpec, path: string): Promise<Explained> {
  const { takeRulesAbove } = await import('@lanmirror/engine/source');
  const filter = await sourceFilterOf(readShareRules(values.get));
  takeRulesAbove(filter, monitorDir, path);
  return { monitorDir, filter };
}

/** A share as far as its rules are asked about. */
type Explained = Pick<Share, 'filter' | 'monitorDir'>;

/** Looks at what stands there: `isFolder` is for what does not. */
export function explainHere({ filter, monitorDir }: Explained, path: string, isFolder: boolean): Explanation {
  const stats = lstatSync(join(monitorDir, path), { throwIfNoEntry: false });
  const isDirectory = stats?.isDirectory() ?? isFolder;
  const kind: EntryKind = isDirectory ? 'directory' : stats?.isSymbolicLink() === true ? 'link' : 'file';
  return filter.explain({
    path,
    kind,
    sizeBytes: kind === 'file' && stats !== undefined ? stats.size : null,
  });
}
