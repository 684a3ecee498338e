/**
 * Writes values into the text of an INI that a person keeps: everything else stays as it is, comments
 * and line breaks included.
 */
import { readIni } from './ini-file.ts';
import { readSectionHead, sectionId } from './ini-section.ts';
import { UserError } from './user-error.ts';

/**
 * The text with these values in a section, which is made when it is missing. A key that is there keeps
 * its line and the comment behind it; the others follow the last key of the section.
 *
 * @param text an INI that `readIni` accepts, or ''
 * @param sectionName like `Client` or `Job films`
 * @throws UserError for a value that no INI can hold
 */
export function setIniValues(
  text: string,
  sectionName: string,
  values: Readonly<Record<string, string>>,
): string {
  const section = readIni(text).get(sectionId(readSectionHead(`[${sectionName}]`, 1)));
  const eol = /\r\n|\n|\r/.exec(text)?.[0] ?? '\n';
  const lines = text === '' ? [] : text.split(/\r\n|\n|\r/);
  const added: string[] = [];
  for (const [key, value] of Object.entries(values)) {
    const known = section?.values.get(key.toLowerCase());
    if (known === undefined) added.push(`${key} = ${encode(key, value)}`);
    else lines[known.line - 1] = replaceValue(lines[known.line - 1] ?? '', encode(known.key, value));
  }
  if (added.length === 0) return lines.join(eol);
  if (section !== undefined) {
    const lastLine = Math.max(section.line, ...[...section.values.values()].map(({ line }) => line));
    lines.splice(lastLine, 0, ...added);
    return lines.join(eol);
  }
  while (lines.at(-1)?.trim() === '' && lines.length > 0) lines.pop();
  return [...lines, ...(lines.length > 0 ? [''] : []), `[${sectionName}]`, ...added, ''].join(eol);
}

/** The line with another value; what stands before it and a comment behind it stay. */
function replaceValue(line: string, value: string): string {
  const at = line.search(/[=:]/) + 1;
  const rest = line.slice(at);
  const quoted = /^\s*(?:"[^"]*"|'[^']*')(\s+[#;].*)?$/s.exec(rest);
  const comment = quoted === null ? (/\s+[#;].*$/s.exec(rest)?.[0] ?? '') : (quoted[1] ?? '');
  return `${line.slice(0, at)} ${value}${comment === '' ? '' : ` ${comment.trim()}`}`;
}

/** A value as it reads back unchanged. */
function encode(key: string, value: string): string {
  if (/[\0\r\n]/.test(value)) throw notWritable(key);
  const isPlain = value.trim() === value && !/^["']/.test(value) && !/\s[#;]/.test(` ${value}`);
  if (isPlain) return value;
  if (!value.includes('"')) return `"${value}"`;
  if (!value.includes("'")) return `'${value}'`;
  throw notWritable(key);
}

function notWritable(key: string): UserError {
  return new UserError(
    'NOT_WRITABLE',
    `The value of ${key} cannot be written into an INI: it holds a line break, or quotes of both kinds.`,
    'Rename it, or give it as a flag at every start.',
  );
}
