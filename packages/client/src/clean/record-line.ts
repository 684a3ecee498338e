/**
 * The lines of the record of what was cleaned. Each is JSON with a digest of itself, and begins with the end of the line
 * before. Pure.
 *
 * Rows say what went from the source, ends that a row counts no more. A line that a kill or a full disk left in part is
 * the last one; who adds to it says so first, in a line with the digest of that part. So every other line that is not
 * whole is one that the disk has damaged.
 */
import { createHash } from 'node:crypto';
import { isRowPath } from './row-place.ts';

/** How a file looks that a row may be about. */
export interface CopyLook {
  readonly sizeBytes: number;
  /** Of the copy on the target, as its disk keeps it. */
  readonly mtimeUs: number;
}

export interface CleanedRow extends CopyLook {
  /** At the source, when it was cleaned; of one without a place only a name of the row. */
  readonly path: string;
  /** BLAKE3 of the content, hexadecimal; '' when nobody knows it by now. */
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly cleanedMs: number;
  /**
   * Nobody knows that this was cleaned: it may be the file of the row of that path, edited and renamed, because nothing
   * stood there any more. It stays for that alone.
   */
  readonly vacantPath?: string;
  /** It has no place: the path that it had. */
  readonly formerPath?: string;
}

export interface RecordText {
  readonly rows: ReadonlyMap<string, CleanedRow>;
  /** Every path that has, or had, a row. */
  readonly mentioned: ReadonlySet<string>;
  /** Numbers of the lines that are damaged, from 1. */
  readonly damaged: readonly number[];
  /** The end that was written in part; '' when all is whole. */
  readonly torn: string;
}

type Line =
  | { readonly row: CleanedRow }
  | { readonly ended: string }
  | { readonly torn: string }
  | 'nothing'
  | 'broken';

export function rowLine(row: CleanedRow): string {
  const { path, sizeBytes, mtimeUs, hash, cleanedMs, vacantPath, formerPath } = row;
  const beside = vacantPath === undefined ? {} : { vacant: vacantPath };
  const apart = formerPath === undefined ? {} : { former: formerPath };
  return lineOf({ path, size: sizeBytes, us: mtimeUs, hash, ms: cleanedMs, ...beside, ...apart });
}

export function endLine(path: string): string {
  return lineOf({ end: path });
}

/** Says that the part `text` of a line before this is known not to be whole. */
export function tornLine(text: string): string {
  return lineOf({ torn: digestOf(text) });
}

/** Takes the lines of a record in turn. */
export class RecordReader {
  readonly #rows = new Map<string, CleanedRow>();
  readonly #mentioned = new Set<string>();
  readonly #damaged: number[] = [];
  #count = 0;
  #broken: { readonly text: string; readonly number: number } | undefined;

  take(text: string): void {
    this.#count += 1;
    const line = readLine(text);
    if (line === 'nothing') return;
    const torn = typeof line === 'object' && 'torn' in line ? line.torn : undefined;
    if (this.#broken !== undefined && torn !== digestOf(this.#broken.text))
      this.#damaged.push(this.#broken.number);
    this.#broken = line === 'broken' ? { text, number: this.#count } : undefined;
    if (line === 'broken' || 'torn' in line) return;
    const path = 'row' in line ? line.row.path : line.ended;
    this.#mentioned.add(path);
    this.#rows.delete(path);
    if ('row' in line) this.#rows.set(path, line.row);
  }

  /** There are no more lines. */
  end(): RecordText {
    const [rows, mentioned, damaged] = [this.#rows, this.#mentioned, this.#damaged];
    return { rows, mentioned, damaged, torn: this.#broken?.text ?? '' };
  }
}

function lineOf(facts: Readonly<Record<string, string | number>>): string {
  return `\n${JSON.stringify({ ...facts, sum: digestOf(JSON.stringify(facts)) })}`;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** One without a digest was written before there were any. */
function readLine(text: string): Line {
  if (text === '') return 'nothing';
  try {
    const { sum, ...facts } = JSON.parse(text) as Record<string, unknown>;
    if (sum !== undefined && sum !== digestOf(JSON.stringify(facts))) return 'broken';
    return meaningOf(facts);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return 'broken';
    throw error;
  }
}

function meaningOf(facts: Record<string, unknown>): Line {
  const { end, torn, path, size, us, hash, ms, vacant, former } = facts;
  if (typeof end === 'string') return { ended: end };
  if (typeof torn === 'string') return { torn };
  if (typeof path !== 'string' || typeof size !== 'number' || typeof us !== 'number') return 'broken';
  const formerPath = typeof former === 'string' ? former : undefined;
  if (typeof hash !== 'string' || typeof ms !== 'number' || !isRowPath(path, formerPath)) return 'broken';
  const beside = typeof vacant === 'string' ? { vacantPath: vacant } : {};
  const apart = formerPath === undefined ? {} : { formerPath };
  return { row: { path, sizeBytes: size, mtimeUs: us, hash, cleanedMs: ms, ...beside, ...apart } };
}
