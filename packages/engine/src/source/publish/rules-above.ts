/** The ignore files that are about one path, as they are on the disk now: for a question while nothing is published. */
import { joinPath, parentOf } from '@lanmirror/protocol';
import { type PathProblem, problemAt } from '../../core/index.ts';
import { openLocalSource } from '../../tree/index.ts';
import { filterRules, lookAtIgnoreFile, NONE, readIgnoreFile } from './ignore-file.ts';
import type { SourceFilter } from './source-filter.ts';

/**
 * Gives a filter the rules in the folders above `path` in the source at `dir`.
 * @returns the problem of each folder whose file cannot be had: what it says is not known
 */
export function takeRulesAbove(filter: SourceFilter, dir: string, path: string): Map<string, PathProblem> {
  const tree = openLocalSource(dir);
  const problems = new Map<string, PathProblem>();
  try {
    for (let at = path; at !== ''; ) {
      const folder = parentOf(at);
      const rules = filter.ignoreNames.flatMap((name) => {
        const file = joinPath(folder, name);
        const rules = readIgnoreFile(tree, file);
        if (typeof rules !== 'string') return filterRules(rules, file);
        if (lookAtIgnoreFile(tree, file, 0).mark !== NONE) problems.set(folder, problemAt(folder, rules));
        return [];
      });
      filter.setFolder(folder, rules);
      at = folder;
    }
    return problems;
  } finally {
    tree.release();
  }
}
