/**
 * The head of an INI section: `[Client]`, or of a kind that there may be many of, `[Job films]`. The name
 * behind the kind is a person's: it may hold blanks, dots and letters of any script.
 */
import { IniSyntaxError } from './ini-syntax-error.ts';

export interface SectionHead {
  /** The first word, as it was written. */
  readonly kind: string;
  /** What stands behind it, composed (NFC); '' for nothing. */
  readonly label: string;
}

/** Characters of the name behind the kind. */
const MAX_LABEL = 64;

/**
 * Reads `[Kind]` or `[Kind some name]`, with or without quotes around the name or a comment behind it.
 * @param line without blanks around it
 * @param number of the line, counted from 1
 * @throws IniSyntaxError for what is no head, and for a name that cannot be one
 */
export function readSectionHead(line: string, number: number): SectionHead {
  const [, kind, label = ''] =
    /^\[\s*([A-Za-z][\w-]*)(?:\s+([^[\]]*?))?\s*\](?:\s+[#;].*)?$/s.exec(line) ?? [];
  if (kind === undefined) throw new IniSyntaxError(number, `"${line}" is not a section like [Server]`);
  // Whoever quotes a name with blanks does not mean the quotes.
  const isQuoted = /^".*"$/su.test(label);
  const composed = (isQuoted ? label.slice(1, -1).trim() : label).normalize('NFC');
  const fault = isQuoted && composed === '' ? 'it is empty' : faultOfLabel(composed);
  if (fault !== '') throw new IniSyntaxError(number, `"${composed}" cannot be a name: ${fault}`);
  return { kind, label: composed };
}

/** Under which a section is found: heads that differ only in case are one. */
export function sectionId({ kind, label }: SectionHead): string {
  return `${kind} ${label}`.trim().toLowerCase();
}

/** `Client`, `Job films`: the head without its brackets. */
export function headText({ kind, label }: SectionHead): string {
  return label === '' ? kind : `${kind} ${label}`;
}

function faultOfLabel(label: string): string {
  if ([...label].length > MAX_LABEL) return `it has more than ${MAX_LABEL} characters`;
  if (label.includes('/')) return 'it holds a "/"';
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(label)) return 'it holds a control character';
  // A command would take it for a flag.
  return label.startsWith('-') ? 'it begins with "-"' : '';
}
