/** The ignore files that are about one path, as they are on the disk now: for a question while nothing is published. */
import { joinPath, parentOf } from '@lanmirror/protocol';
import { openLocalSource } from '../../tree/index.ts';
import { filterRules, readIgnoreFile } from './ignore-file.ts';
import type { SourceFilter } from './source-filter.ts';

/** Gives a filter the rules in the folders above `path` in the source at `dir`. What cannot be read is not known. */
export function takeRulesAbove(filter: SourceFilter, dir: string, path: string): void {
  const tree = openLocalSource(dir);
  try {
    for (let at = path; at !== ''; ) {
      const folder = parentOf(at);
      const rules = filter.ignoreNames.flatMap((name) => {
        const file = joinPath(folder, name);
        const rules = readIgnoreFile(tree, file);
        return typeof rules === 'string' ? [] : filterRules(rules, file);
      });
      filter.setFolder(folder, rules);
      at = folder;
    }
  } finally {
    tree.release();
  }
}
