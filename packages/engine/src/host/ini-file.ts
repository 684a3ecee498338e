/**
 * Reads an INI file. A line pass before the `ini` package decides what is a comment and remembers the
 * line numbers; the package then does sections and quoting. The values reach it quoted, because left
 * alone it would change `C# projects`, `\\nas\share` and `a;b`.
 *
 * A comment begins with `#` or `;` at the start of a line or after white space, outside quotes. Both `=`
 * and `:` separate. Names of sections and keys are compared without case by whoever reads the result.
 */
import { parse } from 'ini';

export interface IniValue {
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  /** The key as it was written. */
  readonly key: string;
}

export interface IniSection {
  /** As it was written. */
  readonly name: string;
  readonly line: number;
  /** By lower-case key. Of a repeated key the last one holds, as in every INI reader. */
  readonly values: ReadonlyMap<string, IniValue>;
}

/** A line that is neither a section, a key with a value, nor a comment. */
export class IniSyntaxError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = 'IniSyntaxError';
    this.line = line;
  }
}

interface MutableSection {
  readonly name: string;
  readonly line: number;
  readonly values: Map<string, IniValue>;
}

/** Sections by lower-case name. Keys before the first section are an error. */
export function readIni(text: string): ReadonlyMap<string, IniSection> {
  const sections = new Map<string, MutableSection>();
  let current: MutableSection | undefined;
  for (const [at, raw] of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('[')) current = openSection(sections, line, at + 1);
    else addValue(current, line, at + 1);
  }
  return sections;
}

function openSection(sections: Map<string, MutableSection>, line: string, number: number): MutableSection {
  const name = /^\[([^\]]*)\]\s*(?:[#;].*)?$/.exec(line)?.[1]?.trim();
  if (name === undefined || name === '') throw new IniSyntaxError(number, `"${line}" is not a section like [Server]`);
  const known = sections.get(name.toLowerCase());
  const section = known ?? { name, line: number, values: new Map<string, IniValue>() };
  sections.set(name.toLowerCase(), section);
  return section;
}

function addValue(section: MutableSection | undefined, line: string, number: number): void {
  const parts = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(line);
  if (parts === null) throw new IniSyntaxError(number, `"${line}" is not of the form Key = value`);
  if (section === undefined) throw new IniSyntaxError(number, `"${line}" stands before the first [section]`);
  const [, key = '', rest = ''] = parts;
  section.values.set(key.toLowerCase(), { text: unquote(withoutComment(rest)), line: number, key });
}

/** The value without the comment behind it. */
function withoutComment(rest: string): string {
  const quoted = /^("(?:[^"\\]|\\.)*"|'[^']*')\s*(?:[#;].*)?$/.exec(rest)?.[1];
  if (quoted !== undefined) return quoted;
  return rest.replace(/(?:^|\s)[#;].*$/, '').trim();
}

/** What the value means, by the rules of the `ini` package: its own quoting, and nothing else changed. */
function unquote(value: string): string {
  const isQuoted = /^'.*'$/s.test(value) || (/^".*"$/s.test(value) && !value.includes('\\'));
  if (isQuoted) return value.slice(1, -1);
  const parsed: unknown = parse(`v=${JSON.stringify(value)}`).v;
  return typeof parsed === 'string' ? parsed : value;
}
