/**
 * The name under which an entry of the source stands on a target that cannot hold every name. Pure.
 *
 * 1. What the target refuses is mapped, character by character, to the private range of Unicode: U+F000 plus
 *    the code. Other programs know this mapping, and it can be undone. A name that has such characters
 *    already has each of them marked, so that it comes back as it was.
 * 2. A name that is too long then is cut: `STEM~long-HASH.EXT`.
 * 3. Of siblings that are one name to the target, the one with the lowest id keeps it. Ids are the server's
 *    and grow, so all mirrors agree, and what stood there first stays. Each other one has a side name,
 *    `STEM~case-HASH.EXT`, which depends on nothing but its own name.
 *
 * HASH is 8 bytes of a hash over the name at the source. A name at the source that looks like one of these is
 * mapped by rule 1, so side names meet no others.
 */
import { utf8Length, windowsNameFault } from '@lanmirror/protocol';
import { foldedName, isPlainRule, type NameRule } from './name-rule.ts';

/** Hash of a text, in hexadecimal digits; at least 16 of them. */
export type NameHash = (text: string) => string;

const PRIVATE = 0xf000;
/** Before a private character that the source's name has itself. */
const MARK = '\uf0fe';
const PRIVATE_LITERAL = /[\uf000-\uf0ff]/g;
const MAPPED = /\uf0fe([\uf000-\uf0ff])|([\uf001-\uf07e])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among what Windows refuses
const WINDOWS_REFUSED = /[<>:"|?*\\\u0001-\u001f]|[. ]$/g;
const SIDE_NAME = /~(?:case|long)-[0-9a-f]{16}(?:\.|$)/;
const HASH_DIGITS = 16;
/** What is longer counts as no extension. */
const MAX_EXTENSION = 16;
const FOLDS_ALL: NameRule = {
  foldsCase: true,
  foldsForm: true,
  isWindows: false,
  longest: 255,
  unit: 'byte',
};

/** The name where nobody else wants it: itself, mapped, or cut. */
export function naturalName(rule: NameRule, name: string, hash: NameHash): string {
  if (isPlainRule(rule)) return name;
  const mapped = mapName(rule, name);
  return lengthIn(rule, mapped) <= rule.longest ? mapped : marked(rule, mapped, 'long', name, hash);
}

/** The name of an entry whose natural one is another entry's. */
export function sideName(rule: NameRule, name: string, hash: NameHash): string {
  return marked(rule, mapName(rule, name), 'case', name, hash);
}

/** Whether names like this are given to what cannot have its own. No natural name is one. */
export function isMarkedName(name: string): boolean {
  return SIDE_NAME.test(foldedName(FOLDS_ALL, name));
}

/** The name at the source; undefined for one that was cut or stood aside: that name alone does not tell. */
export function sourceName(rule: NameRule, placed: string): string | undefined {
  if (isPlainRule(rule)) return placed;
  if (isMarkedName(placed)) return undefined;
  return placed.replace(MAPPED, (_all, literal: string | undefined, mapped: string | undefined) =>
    mapped === undefined ? (literal ?? '') : String.fromCharCode(mapped.charCodeAt(0) - PRIVATE),
  );
}

function mapName(rule: NameRule, name: string): string {
  let mapped = name.replace(PRIVATE_LITERAL, (char) => MARK + char);
  if (rule.isWindows) {
    mapped = mapped.replace(WINDOWS_REFUSED, toPrivate);
    const fault = windowsNameFault(mapped);
    if (fault === 'device-name') mapped = toPrivate(mapped.charAt(0)) + mapped.slice(1);
    if (fault === 'short-name') mapped = mapped.replaceAll('~', toPrivate);
  }
  return isMarkedName(mapped) ? mapped.replaceAll('~', toPrivate) : mapped;
}

function toPrivate(char: string): string {
  return String.fromCharCode(PRIVATE + char.charCodeAt(0));
}

/** The beginning that fits, what it is, and the extension. */
function marked(
  rule: NameRule,
  mapped: string,
  kind: 'case' | 'long',
  source: string,
  hash: NameHash,
): string {
  const dot = mapped.lastIndexOf('.');
  const hasExtension = dot > 0 && mapped.length - dot <= MAX_EXTENSION;
  const stem = hasExtension ? mapped.slice(0, dot) : mapped;
  const extension = hasExtension ? mapped.slice(dot) : '';
  const tail = `~${kind}-${hash(source).slice(0, HASH_DIGITS)}${extension}`;
  return cut(rule, stem, rule.longest - lengthIn(rule, tail)) + tail;
}

/** Whole characters of `text`, at most `room` units of them; never one that is half of a mark. */
function cut(rule: NameRule, text: string, room: number): string {
  let kept = '';
  let used = 0;
  for (const char of text) {
    used += lengthIn(rule, char);
    if (used > room) break;
    kept += char;
  }
  return kept.length < text.length && kept.endsWith(MARK) ? kept.slice(0, -MARK.length) : kept;
}

function lengthIn({ unit }: NameRule, text: string): number {
  return unit === 'byte' ? utf8Length(text) : text.length;
}
