/** The files of the project as the tests of the house see them: what is built, installed or made while running is left out. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const MADE = new Set(['node_modules', 'dist', 'bundle', 'coverage', '.git', '.cache']);
const MADE_AT = new Set(['demo/mirror', 'demo/state']);

/** Paths of all files below `folder` ('' for all), relative to the project, '/'-separated, in order. */
export function projectFiles(folder = ''): string[] {
  const files: string[] = [];
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (MADE.has(entry.name) || MADE_AT.has(path)) continue;
    if (entry.isDirectory()) files.push(...projectFiles(path));
    else if (entry.isFile()) files.push(path);
  }
  return files.sort();
}

/** The text of a file of the project. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The pages that people read. */
export function pages(): string[] {
  const isPage = (path: string): boolean => /^(?:[A-Z]+|docs\/.+)\.md$/.test(path);
  return projectFiles().filter(isPage);
}
