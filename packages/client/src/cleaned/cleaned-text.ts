/** What `cleaned` prints. Pure, but for the time zone. */
import { displayName } from '@lanmirror/engine/host';
import { localTime, sizeText } from '../control/plain-text.ts';
import type { CleanedFile, Forgotten } from './cleaned-desk.ts';

const STANDINGS: Readonly<Record<CleanedFile['standing'], string>> = {
  same: 'as it was',
  unproved: 'unproved',
  changed: 'changed',
  gone: 'gone',
  moved: 'moved?',
  unknown: 'unknown',
};
/** In this order they are counted. */
const COUNTED: readonly CleanedFile['standing'][] = ['same', 'unproved', 'changed', 'gone', 'unknown'];
const NO_TIME = '-'.padEnd('2026-11-21 14:03:16'.length);

/** `   3.0 KB  2026-11-21 14:03:16  as it was  films/a.mkv`. */
export function fileLine(file: CleanedFile): string {
  const { sizeBytes, cleanedMs, standing, path } = file;
  const when = cleanedMs === null ? NO_TIME : localTime(cleanedMs);
  const notes = notesOn(file);
  const behind = notes.length === 0 ? '' : `  (${notes.join('; ')})`;
  return `${sizeText(sizeBytes).padStart(9)}  ${when}  ${STANDINGS[standing].padEnd(9)}  ${displayName(path)}${behind}`;
}

function notesOn({ standing, why, kind, vacantPath, isAtSource, hasNoPlace }: CleanedFile): string[] {
  const notes: string[] = [];
  if (standing === 'changed' && kind !== 'file')
    notes.push(`a ${kind === 'directory' ? 'folder' : kind} is there`);
  if (vacantPath !== '') notes.push(`it may be ${displayName(vacantPath)}, edited and renamed`);
  else if (standing === 'unproved') notes.push('nobody compared its content');
  if (standing === 'moved') notes.push(`${displayName(why)} may be it`);
  else if (why !== '') notes.push(displayName(why));
  if (hasNoPlace) notes.push('another file has its name by now');
  else if (isAtSource) notes.push('the source has something there, too');
  return notes;
}

/** The last lines of a list. `forget` is the command that forgets what is gone. */
export function summaryLines(files: readonly CleanedFile[], forget: string): string[] {
  if (files.length === 0) return ['Nothing is noted here as cleaned from the source.'];
  const isGone = ({ standing }: CleanedFile): boolean => standing === 'gone';
  // Of what cannot be looked at nobody knows whether it is here.
  const here = files.filter((file) => !isGone(file) && file.standing !== 'unknown');
  const counts = COUNTED.flatMap((standing) => {
    const count = files.filter((file) => file.standing === standing).length;
    return count === 0 ? [] : [`${count} ${STANDINGS[standing]}`];
  });
  const lines = [`${countText(files.length)}: ${counts.join(', ')}. ${sizeText(bytesOf(here))} here.`];
  if (files.some(isGone)) lines.push(`"${forget}" forgets those that are gone.`);
  return lines;
}

/** `2 files, 3.0 KB`. */
export function totalText(files: readonly CleanedFile[]): string {
  return `${countText(files.length)}, ${sizeText(bytesOf(files))}`;
}

/** What stays only for what is about to be forgotten. */
export function releasedLines(released: readonly string[]): string[] {
  if (released.length === 0) return [];
  return [
    'Kept only because each may be one of these, edited and renamed; they are ordinary additions then:',
    ...released.map((path) => `  ${displayName(path)}`),
  ];
}

/** Why one is not forgotten. */
export function stayLine({ path, outcome, why }: Forgotten): string {
  return `Not forgotten: ${displayName(path)} (${stayText(outcome, displayName(why))})`;
}

function stayText(outcome: Forgotten['outcome'], why: string): string {
  switch (outcome) {
    case 'moved':
      return `${why} may be it, by size and time: the rules leave that out, or nothing tells it from another; move it back, or remove it if nobody needs it`;
    case 'unknown':
      return `what is there is not known: ${why}`;
    case 'changed':
      return 'something else stands there now';
    default:
      return 'it stands here';
  }
}

export function countText(files: number): string {
  return files === 1 ? '1 file' : `${files} files`;
}

function bytesOf(files: readonly CleanedFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
