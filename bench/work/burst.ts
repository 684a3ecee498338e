/** Very much changes at once: a checkout of another version, many files in one go. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { untilThere } from '../process/arrival.ts';
import { listTree, requireEqual } from '../tree/compare.ts';
import { growTree, pathOf, type TreeShape } from '../tree/grow.ts';
import { SeededBytes } from '../tree/seeded-bytes.ts';
import type { OpenStage, Work } from './bench.ts';
import { liveTools, openLive } from './open-live.ts';

const FILE_BYTES = 1024;
const PER_FOLDER = 100;

export const BURST: Work = {
  name: 'burst',
  about: 'a checkout of another version, and many files created in one go',
  run: async (bench) => {
    const { burstFiles } = bench.scale;
    const shape: TreeShape = { files: Math.floor(burstFiles / 4), fileBytes: FILE_BYTES, perFolder: 25 };
    const repository = bench.tree('repository', (dir) => makeRepository(dir, shape));
    const fill = (source: string): void => checkout(repository, source, 'first');
    const live = await openLive(bench, liveTools(bench), { fill });
    return bench.inRounds(live, async ({ stage }, round) => ({
      'a checkout': await timeOf(stage, () =>
        checkout(repository, stage.source, round % 2 === 0 ? 'second' : 'first'),
      ),
      'many creates': await timeOf(stage, () => createMany(join(stage.source, `burst-${round}`), burstFiles)),
    }));
  },
};

/** From the beginning of a change until the mirror has all of it. */
async function timeOf({ source, target }: OpenStage, change: () => void): Promise<number> {
  const before = listTree(source);
  const start = performance.now();
  change();
  const after = listTree(source);
  const expected = new Map<string, number | undefined>();
  for (const path of before.keys()) if (!after.has(path)) expected.set(path, undefined);
  for (const [path, what] of after)
    if (what.startsWith('file ') && before.get(path) !== what) expected.set(path, Number(what.slice(5)));
  await untilThere(target, expected, 600_000);
  const time = performance.now() - start;
  requireEqual(source, target);
  return time;
}

/** Two versions far apart: a third of the files is in one of them only, another third differs. */
function makeRepository(dir: string, shape: TreeShape): void {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...args], {
      cwd: dir,
      encoding: 'utf8',
    });
  git('init', '--quiet');
  growTree(dir, shape, 'first');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'first');
  git('tag', 'first');
  const bytes = new SeededBytes('second');
  for (let number = 0; number < shape.files; number += 3) {
    rmSync(join(dir, pathOf(shape, number)));
    if (number + 1 < shape.files)
      writeFileSync(join(dir, pathOf(shape, number + 1)), bytes.next(FILE_BYTES * 2));
    writeFileSync(
      join(dir, `${pathOf(shape, Math.min(number + 2, shape.files - 1))}.new`),
      bytes.next(FILE_BYTES),
    );
  }
  git('add', '--all');
  git('commit', '--quiet', '--message', 'second');
  git('tag', 'second');
}

/** Turns a folder without a repository in it into the version of that tag. */
function checkout(repository: string, folder: string, tag: string): void {
  const place = [`--git-dir=${repository}/.git`, `--work-tree=${folder}`];
  execFileSync('git', [...place, 'read-tree', '-u', '--reset', tag], {
    cwd: folder,
    env: { ...process.env, GIT_INDEX_FILE: join(folder, '..', 'git-index') },
  });
}

function createMany(dir: string, files: number): void {
  const bytes = new SeededBytes(dir);
  for (let number = 0; number < files; number += 1) {
    const folder = join(dir, String(Math.floor(number / PER_FOLDER)));
    if (number % PER_FOLDER === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, String(number)), bytes.next(FILE_BYTES));
  }
}
