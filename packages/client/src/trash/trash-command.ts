/**
 * `trash list|restore|prune` and `undo`. They read and prune the trash of a target on the disk, with or
 * without a running client, which only ever adds to it.
 *
 * A mirror is a copy: what is put back into it would be put away again. So files are copied out, to
 * `--to DIR`, and the trash keeps its own until it is pruned.
 */
import { resolve } from 'node:path';
import {
  confirm,
  displayName,
  EXIT,
  type ExitCode,
  parseAge,
  readPattern,
  realPath,
  UserError,
} from '@lanmirror/engine/host';
import {
  dayItems,
  MOUNTED_IN_TRASH,
  oneForEachPath,
  pruneItem,
  restoreItem,
  type TrashItem,
  trashDays,
} from '@lanmirror/engine/tree';
import { lineLimit } from '../control/line-limit.ts';
import { localTime, sizeText } from '../control/plain-text.ts';
import { askClient } from '../control/running-client.ts';
import { readHistory } from '../history/read-history.ts';
import { lineFor } from '../job/job-line.ts';
import { withTargetState } from '../mirror/target-state.ts';
import { cleanedLines } from './cleaned-from-source.ts';
import { sourcePathsOf } from './source-path.ts';
import { trashFolder } from './trash-folder.ts';
import { countText, cutText, youngText } from './trash-text.ts';
import { chooseUndo } from './undo-choice.ts';

/** Overwritten contents that are asked for at most: all that a history can hold. */
const MAX_LOST = 1_000_000;

export interface TrashAsking {
  /** The job; '' for the only mirror. */
  readonly name: string;
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
  readonly targetDir: string;
  readonly stateDir: string;
  /** '' for the one in the target. */
  readonly trashDir: string;
  /** The folder of this machine that is mirrored; '' for a server. */
  readonly sourceDir: string;
  /** TrashDays. */
  readonly days: number;
  readonly cwd: string;
}

interface Selection {
  readonly items: readonly TrashItem[];
  /** Paths at the source of those that had another name here, by their place in the trash. */
  readonly sourcePaths: ReadonlyMap<string, string>;
  /** Paths that could not be looked at. */
  readonly unreadable: number;
}

async function trash(asking: TrashAsking): Promise<ExitCode> {
  const [what, pattern = ''] = asking.words;
  if (what === 'list') return list(asking, pattern);
  if (what === 'restore') return restoreNewest(asking, pattern);
  if (what === 'prune') return prune(asking, pattern);
  throw new UserError(
    'BAD_VERB',
    `"trash ${what ?? ''}" is unknown.`,
    'Use "trash list", "trash restore PATTERN" or "trash prune".',
  );
}

async function restoreNewest(asking: TrashAsking, pattern: string): Promise<ExitCode> {
  const selection = await select(asking, pattern, sinceOf(asking));
  const exit = await restore(asking, selection, 'newest');
  if (selection.items.length === 0 && asking.sourceDir !== '')
    for (const text of await cleanedLines(asking.sourceDir, pattern)) say(text);
  return exit;
}

/** Every path as it was before: the first content that left it since then. Edits made on the mirror are no part of that. */
async function undo(asking: TrashAsking): Promise<ExitCode> {
  if (asking.flags.since === undefined)
    throw new UserError('NO_SINCE', 'How far back is not said.', 'Give --since, as in "undo --since 10m".');
  const pattern = asking.words[0] ?? '';
  const sinceMs = sinceOf(asking);
  const { items, unreadable, sourcePaths } = await select(asking, pattern, 0);
  const isOurs = ({ reason }: TrashItem): boolean => reason !== 'edited' && reason !== 'extra';
  const lost = await lostVersions(asking, pattern, sinceMs, new Set(sourcePaths.values()));
  const choice = chooseUndo(items.filter(isOurs), lost, sinceMs, sourcePaths);
  for (const path of choice.unkept)
    process.stderr.write(`Not restored: ${displayName(path)} (its content of then was not kept)\n`);
  const failed = unreadable + choice.unkept.length;
  const exit = await restore(asking, { items: choice.items, unreadable: failed, sourcePaths }, 'oldest');
  for (const item of choice.earlier)
    say(
      `Earlier than wanted: ${shownPath(item, sourcePaths)} is as it was until ${localTime(item.trashedMs)}; its content of then was not kept.`,
    );
  return exit;
}

/**
 * When each path of the source first lost a content since then that was not kept: the history knows. `mapped` are
 * those with another name here: a pattern may have meant that.
 */
async function lostVersions(
  { stateDir, targetDir }: TrashAsking,
  pattern: string,
  sinceMs: number,
  mapped: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const lost = new Map<string, number>();
  const read = async (asked: string, isMeant: (path: string) => boolean): Promise<void> => {
    const query = { pattern: asked, sinceMs, limit: MAX_LOST, isLostOnly: true };
    const { rows } = await readHistory({ stateDir, targetDir }, query);
    for (const { path, atMs } of rows) if (isMeant(path) && !lost.has(path)) lost.set(path, atMs);
  };
  try {
    await read(pattern, () => true);
    if (pattern !== '' && mapped.size > 0) await read('', (path) => mapped.has(path));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const why = displayName(error.message);
    process.stderr.write(`Whether every content of then was kept is not known: ${why}\n`);
  }
  return lost;
}

export const TRASH_COMMANDS = { trash, undo } as const;

async function list(asking: TrashAsking, pattern: string): Promise<ExitCode> {
  const isJson = asking.flags.json === true;
  const limit = isJson && asking.flags.limit === undefined ? Infinity : lineLimit(asking.flags.limit);
  const { items, unreadable, sourcePaths } = await select(asking, pattern, sinceOf(asking));
  const shownItems = items.slice(-limit);
  for (const item of shownItems) {
    const { path: placedPath, trashedMs, reason, sizeBytes, at } = item;
    const path = sourcePaths.get(at) ?? placedPath;
    if (isJson) {
      const trashed = new Date(trashedMs).toISOString();
      say(
        JSON.stringify({ path, trashed, reason, sizeBytes, at, ...(path !== placedPath && { placedPath }) }),
      );
    } else {
      const shown = shownPath(item, sourcePaths);
      say(`${localTime(trashedMs)}  ${reason.padEnd(8)}  ${sizeText(sizeBytes).padStart(9)}  ${shown}`);
    }
  }
  if (!isJson) {
    const whole = `${countText(items.length)}, ${sizeText(bytesOf(items))}`;
    say(items.length === 0 ? emptyText(asking, pattern) : whole);
    if (shownItems.length < items.length) say(cutText(shownItems.length));
  }
  return unreadable > 0 ? EXIT.someFailed : EXIT.done;
}

function emptyText({ flags }: TrashAsking, pattern: string): string {
  return pattern === '' && flags.since === undefined
    ? 'The trash is empty.'
    : 'Nothing of that is in the trash.';
}

async function restore(
  asking: TrashAsking,
  { items, unreadable, sourcePaths }: Selection,
  which: 'newest' | 'oldest',
): Promise<ExitCode> {
  const folder = destination(asking);
  const chosen = oneForEachPath(items, which);
  let failed = unreadable;
  for (const item of chosen) {
    try {
      await restoreItem(trashFolder(asking.targetDir, asking.trashDir), item, folder);
      say(`Restored: ${shownPath(item, sourcePaths)}`);
    } catch (error) {
      failed += 1;
      const code = (error as NodeJS.ErrnoException).code;
      if (code === undefined) throw error;
      const why = code === 'EEXIST' ? 'something of that name is there, and stays' : code;
      process.stderr.write(`Not restored: ${shownPath(item, sourcePaths)} (${why})\n`);
    }
  }
  if (chosen.length === 0) {
    say('Nothing was restored: nothing of that is in the trash.');
    return EXIT.someFailed;
  }
  say(
    `${countText(chosen.length - failed + unreadable)} to ${displayName(folder)}. The trash still has them.`,
  );
  return failed > 0 ? EXIT.someFailed : EXIT.done;
}

/** Never inside the target: there they would be extra, and go back to the trash. */
function destination({ flags, cwd, targetDir }: TrashAsking): string {
  const folder = resolve(cwd, typeof flags.to === 'string' ? flags.to : 'restored');
  if (!`${realPath(folder)}/`.startsWith(`${realPath(targetDir)}/`)) return folder;
  throw new UserError(
    'INTO_TARGET',
    `${displayName(folder)} is inside the mirror, where it would be put away again.`,
    'Give another folder with --to. To have it on all mirrors, copy it to the server then.',
  );
}

async function prune(asking: TrashAsking, pattern: string): Promise<ExitCode> {
  const age = asking.flags['older-than'];
  const isRuled = typeof age !== 'string' && pattern === '';
  if (isRuled && asking.days === 0) {
    throw new UserError(
      'NO_AGE',
      'TrashDays is 0: nothing is too old.',
      'Say what to delete: a PATTERN, or --older-than 7d.',
    );
  }
  const ageMs =
    typeof age === 'string' ? parseAge(age, '--older-than') : isRuled ? asking.days * 24 * 3_600_000 : 0;
  const { items, unreadable } = await select(asking, pattern, sinceOf(asking));
  const old = items.filter(({ trashedMs }) => trashedMs <= Date.now() - ageMs);
  if (items.length === 0) say(emptyText(asking, pattern));
  else if (old.length === 0) say(youngOf(asking, pattern, items));
  else {
    await refuseWhileHeld(asking);
    await agree(asking, `${countText(old.length)}, ${sizeText(bytesOf(old))}`);
    // The answer may have taken a while.
    await refuseWhileHeld(asking);
    const folder = trashFolder(asking.targetDir, asking.trashDir);
    return (await pruneAll(folder, old)) && unreadable === 0 ? EXIT.done : EXIT.someFailed;
  }
  return unreadable > 0 ? EXIT.someFailed : EXIT.done;
}

function youngOf({ flags, days, name }: TrashAsking, pattern: string, items: readonly TrashItem[]): string {
  const age = flags['older-than'];
  const since = typeof flags.since === 'string' ? flags.since : '';
  return youngText({
    ...{ files: items.length, sizeBytes: bytesOf(items), pattern, since, job: name },
    age:
      typeof age === 'string'
        ? `${age} (--older-than)`
        : `${days} ${days === 1 ? 'day' : 'days'} (TrashDays)`,
  });
}

/** Each that stays is named, and the rest goes. Returns whether all went. */
async function pruneAll(folder: string, items: readonly TrashItem[]): Promise<boolean> {
  const gone: TrashItem[] = [];
  for (const item of items) {
    try {
      await pruneItem(folder, item, Date.now());
      gone.push(item);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      process.stderr.write(`Not deleted: ${displayName(item.path)} (${code})\n`);
    }
  }
  say(`Deleted for good: ${countText(gone.length)}, ${sizeText(bytesOf(gone))}.`);
  return gone.length === items.length;
}

function bytesOf(items: readonly TrashItem[]): number {
  return items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** While deletions wait for a person something may be wrong at the source, and old versions may be wanted. */
async function refuseWhileHeld(asking: TrashAsking): Promise<void> {
  const running = await askClient(asking, 'status', {});
  const isHeld =
    running === undefined
      ? await withTargetState(asking, async ({ meta }) => meta.isHeld)
      : (running.result as { isHeld?: boolean } | undefined)?.isHeld === true;
  if (!isHeld) return;
  throw new UserError(
    'HELD',
    'Deletions wait for you, and until then the trash keeps everything.',
    `Look at "${lineFor(asking.name, 'accept')}" first.`,
    EXIT.held,
  );
}

async function agree({ name, flags }: TrashAsking, what: string): Promise<void> {
  if (flags.yes === true) return;
  const answer = await confirm(`Delete ${what} for good? [y/N] `);
  if (answer === true) return;
  if (answer === false) throw new UserError('NOT_AGREED', 'Nothing was deleted.', '', EXIT.held);
  throw new UserError(
    'NOT_AGREED',
    `Nothing was deleted: nobody agreed to delete ${what} for good.`,
    `Look at "${lineFor(name, 'trash list')}", then run it again with --yes.`,
    EXIT.held,
  );
}

/** Milliseconds since 1970 of `--since`; 0 without it. */
function sinceOf({ flags: { since } }: TrashAsking): number {
  return typeof since === 'string' ? Date.now() - parseAge(since, '--since') : 0;
}

async function select(asking: TrashAsking, pattern: string, fromMs: number): Promise<Selection> {
  const typed = await readPattern(pattern);
  const folder = trashFolder(asking.targetDir, asking.trashDir);
  const items: TrashItem[] = [];
  let unreadable = 0;
  const tell = (path: string, { code }: NodeJS.ErrnoException): void => {
    unreadable += 1;
    const why = code === MOUNTED_IN_TRASH ? 'something is mounted there, and is no part of the trash' : code;
    process.stderr.write(`Not looked at: ${displayName(path)} (${why})\n`);
  };
  for (const day of await trashDays(folder)) {
    for (const item of await dayItems(folder, day, tell)) if (item.trashedMs >= fromMs) items.push(item);
  }
  const sourcePaths = await sourcePathsOf(asking, folder, items);
  const pathsOf = ({ at, path }: TrashItem): string[] => [path, sourcePaths.get(at) ?? path];
  const { isMatch } = typed((path) =>
    items.some((item) => pathsOf(item).some((one) => one === path || one.startsWith(`${path}/`))),
  );
  return { items: items.filter((item) => pathsOf(item).some(isMatch)), unreadable, sourcePaths };
}

/** The path at the source, with the one here where that is another. */
function shownPath({ at, path }: TrashItem, sourcePaths: ReadonlyMap<string, string>): string {
  const source = sourcePaths.get(at);
  return source === undefined ? displayName(path) : `${displayName(source)} (here ${displayName(path)})`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
