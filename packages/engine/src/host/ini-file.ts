/**
 * Reads an INI file in two steps. A line pass decides what is a comment, what a separator and what a
 * quoted value, and remembers the line numbers; then the `ini` package reads the cleaned text once, whole:
 * it merges repeated sections, lets the last of repeated keys win and decodes the values. Left alone the
 * package would change `C# projects`, `\\nas\share`, `"D:\new"` and a file with a byte order mark.
 *
 * - `#` or `;` begins a comment at the start of a line, or after white space outside quotes.
 * - `=` and `:` both separate, whichever comes first.
 * - Quotes, single or double, enclose a whole value; nothing between them is changed.
 * - Keys and kinds of sections are letters, digits, `-` and `_`, in any case; behind a kind a name may stand
 *   (`[Job my films]`). The package gives a meaning to others (`[a.b]` nests, `Key[]` makes a list,
 *   `__proto__` vanishes), so they never reach it: it is given numbers for sections.
 */
import { parse } from 'ini';
import { headText, readSectionHead, type SectionHead, sectionId } from './ini-section.ts';
import { IniSyntaxError } from './ini-syntax-error.ts';

export { IniSyntaxError };

/** Characters of a word: more than a name of a setting has, less than a key. */
const MAX_SHOWN = 30;

export interface IniValue {
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  /** The key as it was written. */
  readonly key: string;
  /** What stands behind the value, its sign included. */
  readonly comment?: string;
  /** Where the same key stands before, in the same section, and does not hold. */
  readonly earlierLine?: number;
}

export interface IniSection extends SectionHead {
  /** `Client` or `Job films`, as it was written first. */
  readonly name: string;
  readonly line: number;
  /** By lower-case key. Of a repeated key the last one holds. */
  readonly values: ReadonlyMap<string, IniValue>;
}

/** Where the names stand; the values come from the package. */
interface Outline extends SectionHead {
  /** What the package calls it. */
  readonly alias: string;
  readonly line: number;
  readonly keys: Map<string, Omit<IniValue, 'text'>>;
}

/**
 * Sections in the order of the file, by their head in lower case: `client`, `job my films`. A section of a
 * kind alone may go on further down; one with a name stands once.
 *
 * @throws IniSyntaxError with the line, also for a key before the first section
 */
export function readIni(text: string): ReadonlyMap<string, IniSection> {
  const outlines = new Map<string, Outline>();
  const clean: string[] = [];
  let current: Outline | undefined;
  for (const [at, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = raw.trim();
    const number = at + 1;
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.includes('\0')) throw new IniSyntaxError(number, 'it holds a NUL character');
    if (line.startsWith('[')) {
      current = openSection(outlines, line, number);
      clean.push(`[${current.alias}]`);
    } else {
      const { key, value, comment } = splitEntry(line, number);
      if (current === undefined)
        throw new IniSyntaxError(number, `"${key}" stands before the first [section]`);
      const earlierLine = current.keys.get(key.toLowerCase())?.line;
      const more = { ...(earlierLine !== undefined && { earlierLine }), ...(comment !== '' && { comment }) };
      const place = { key, line: number, ...more };
      current.keys.set(key.toLowerCase(), place);
      clean.push(`${key.toLowerCase()}=${quote(value)}`);
    }
  }
  return withValues(outlines, parse(clean.join('\n')));
}

function openSection(outlines: Map<string, Outline>, line: string, number: number): Outline {
  const head = readSectionHead(line, number);
  const id = sectionId(head);
  const known = outlines.get(id);
  if (known !== undefined && head.label !== '')
    throw new IniSyntaxError(number, `[${headText(head)}] stands in line ${known.line} already`);
  const outline = known ?? { ...head, alias: `section${outlines.size}`, line: number, keys: new Map() };
  outlines.set(id, outline);
  return outline;
}

interface Entry {
  readonly key: string;
  readonly value: string;
  /** '' without one, and behind quotes. */
  readonly comment: string;
}

function splitEntry(line: string, number: number): Entry {
  const at = line.search(/[=:]/);
  if (at < 0) throw new IniSyntaxError(number, `${beginningOf(line)} is not of the form Key = value`);
  const key = line.slice(0, at).trim();
  if (!/^[A-Za-z][\w-]*$/.test(key)) {
    throw new IniSyntaxError(
      number,
      `${beginningOf(key)} is not a key; a key is made of letters, digits, "-" and "_"`,
    );
  }
  return { key, ...valueBehind(line.slice(at + 1), number) };
}

/** As a log may say it: behind the first word, or in a long one, a secret may stand. */
function beginningOf(text: string): string {
  const [first = ''] = text.split(/\s/);
  if (first.length > MAX_SHOWN) return 'it';
  return first === text ? `"${text}"` : `"${first} ..."`;
}

/** What stands behind the separator, without quotes. */
function valueBehind(rest: string, number: number): Omit<Entry, 'key'> {
  const trimmed = rest.trim();
  const quoted = /^"([^"]*)"(?:\s+[#;].*)?$|^'([^']*)'(?:\s+[#;].*)?$/s.exec(trimmed);
  if (quoted !== null) return { value: quoted[1] ?? quoted[2] ?? '', comment: '' };
  if (/^["']/.test(trimmed)) {
    throw new IniSyntaxError(
      number,
      'the quotes do not enclose the whole value; a value that holds quotes goes into the other kind',
    );
  }
  const at = rest.search(/\s[#;]/);
  if (at < 0) return { value: trimmed, comment: '' };
  return { value: rest.slice(0, at).trim(), comment: rest.slice(at + 1).trim() };
}

/** A value as the package reads it back unchanged. Two line separators that JSON leaves would end its line. */
function quote(value: string): string {
  return JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

function withValues(
  outlines: ReadonlyMap<string, Outline>,
  parsed: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, IniSection> {
  const sections = new Map<string, IniSection>();
  for (const [id, { kind, label, alias, line, keys }] of outlines) {
    const texts = parsed[alias] as Readonly<Record<string, unknown>>;
    const values = new Map<string, IniValue>();
    // The package turns true, false and null into values of those kinds; here everything is text.
    for (const [key, place] of keys) values.set(key, { ...place, text: String(texts[key]) });
    sections.set(id, { kind, label, name: headText({ kind, label }), line, values });
  }
  return sections;
}
