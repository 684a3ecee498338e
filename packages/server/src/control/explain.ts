/** `explain PATH`: which rule decided whether it is published. By the server that runs, or by the settings. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Explanation } from '@lanmirror/engine/core';
import {
  type Configuration,
  displayName,
  EXIT,
  type ExitCode,
  explanationText,
  readFilterRules,
  typedPath,
  UserError,
} from '@lanmirror/engine/host';
import type { SourceFilter } from '@lanmirror/engine/source';
import type { EntryKind } from '@lanmirror/protocol';
import { type Asking, askIfRunning } from './ask-running.ts';
import { sourceFilterOf } from './source-filter-of.ts';

export interface ExplainAsking extends Asking {
  readonly typed: string;
}

export async function explainCommand(asking: ExplainAsking, configuration: Configuration): Promise<ExitCode> {
  const { typed, monitorDir, isJson } = asking;
  const wanted = typedPath(typed, monitorDir);
  if (wanted === undefined)
    throw new UserError(
      'OUTSIDE',
      `${displayName(typed)} is not in ${displayName(monitorDir)}.`,
      'Give a path from the top of MonitorDir, like films/a.mkv.',
    );
  const { path, isFolder } = wanted;
  const answer = await askIfRunning(asking, 'explain', { path, isFolder: String(isFolder) });
  const told =
    answer === undefined
      ? explainHere(await sourceFilterOf(readFilterRules(configuration.get)), monitorDir, path, isFolder)
      : (answer.result as Explanation);
  const shown = { ...told, path: path === '' ? '.' : path, whose: 'the rules of the share' };
  process.stdout.write(`${isJson ? JSON.stringify(told) : explanationText(shown)}\n`);
  return EXIT.done;
}

/** Looks at what stands there: `isFolder` is for what does not. */
export function explainHere(
  filter: SourceFilter,
  monitorDir: string,
  path: string,
  isFolder: boolean,
): Explanation {
  const stats = lstatSync(join(monitorDir, path), { throwIfNoEntry: false });
  const isDirectory = stats?.isDirectory() ?? isFolder;
  const kind: EntryKind = isDirectory ? 'directory' : stats?.isSymbolicLink() === true ? 'link' : 'file';
  return filter.explain({
    path,
    kind,
    sizeBytes: kind === 'file' && stats !== undefined ? stats.size : null,
  });
}
