/** `explain PATH`: which rule decided whether it is mirrored here. By the client that runs, or by its state and the settings. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Configuration,
  displayName,
  EXIT,
  type ExitCode,
  explanationText,
  typedPath,
  UserError,
} from '@lanmirror/engine/host';
import type { EntryKind } from '@lanmirror/protocol';
import { type TargetStatePlace, withTargetState } from '../mirror/target-state.ts';
import type { PathExplanation } from './explain-path.ts';
import { localTime } from './plain-text.ts';
import { askClient } from './running-client.ts';

export interface ExplainAsking extends TargetStatePlace {
  readonly configuration: Configuration;
  readonly typed: string;
  readonly isJson: boolean;
}

export async function explainCommand(asking: ExplainAsking): Promise<ExitCode> {
  const { typed, targetDir, isJson } = asking;
  const wanted = typedPath(typed, targetDir);
  if (wanted === undefined)
    throw new UserError(
      'OUTSIDE',
      `${displayName(typed)} is not in ${displayName(targetDir)}.`,
      'Give a path from the top of the mirror, like films/a.mkv.',
    );
  const { path, isFolder } = wanted;
  const kind = isFolder ? 'directory' : kindAt(join(targetDir, path));
  const answer = await askClient(asking, 'explain', { path, kind });
  const told =
    answer === undefined ? await explainOffline(asking, path, kind) : (answer.result as PathExplanation);
  const whoseOfSource =
    asking.configuration.text('Source') === '' ? "the server's rules" : 'the rules of its source';
  process.stdout.write(`${isJson ? JSON.stringify(told) : textOf(told, whoseOfSource)}\n`);
  return EXIT.done;
}

async function explainOffline(
  asking: ExplainAsking,
  path: string,
  kind: EntryKind,
): Promise<PathExplanation> {
  const { explainPath } = await import('./explain-path.ts');
  const { ownRulesOf } = await import('./own-rules-of.ts');
  return withTargetState(asking, async (state) =>
    explainPath(state, ownRulesOf(asking.configuration), path, kind, state.problems.all(), Date.now()),
  );
}

function textOf(told: PathExplanation, whoseOfSource: string): string {
  const whose = told.by === 'server' ? whoseOfSource : 'the rules of this mirror';
  const comesAt = told.comesAtMs === null ? '' : localTime(told.comesAtMs);
  const text = explanationText({ ...told, comesAt, path: told.path === '' ? '.' : told.path, whose });
  if (told.isMirrored && !told.isAtSource) return `${text}; the source has nothing there`;
  return (told.left ?? '') === '' ? text : `${text}; left as it is: ${told.left}`;
}

/** Of what the source does not have it is what stands here; otherwise a file is meant. */
function kindAt(path: string): EntryKind {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) return 'directory';
  return stats?.isSymbolicLink() === true ? 'link' : 'file';
}
