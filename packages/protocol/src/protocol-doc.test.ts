import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CLOSE_CODES } from './close-code.ts';
import { RECORD_KIND } from './data-frame.ts';
import * as limits from './limit.ts';
import * as paths from './path.ts';
import { PROTOCOL_VERSION } from './version.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
/** Without the spaces that align the columns of its tables. */
const doc = ['PROTOCOL.md', 'PROTOCOL-CONTENTS.md']
  .map((page) => read(`../../../docs/${page}`))
  .join('\n')
  .replaceAll(/ {2,}/g, ' ');

interface Declared {
  readonly name: string;
  readonly type: string | undefined;
  readonly fields: readonly string[];
}

/** The interfaces of a source file with their fields, and the message type if one is a message. */
function declaredIn(path: string): Declared[] {
  return [...read(path).matchAll(/^export interface (\w+) \{\n(.*?)^\}/gms)].map(
    ([, name = '', body = '']) => ({
      name,
      type: /readonly type: '(\w+)';/.exec(body)?.[1],
      fields: [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)]
        .map(([, field = '']) => field)
        .filter((field) => field !== 'type'),
    }),
  );
}

/** The text of the section of a message, up to the next heading. */
const sectionOf = (type: string): string =>
  doc.split(/^(?=#+ )/m).find((part) => part.startsWith(`### \`${type}\`\n`)) ?? '';
const hasRow = (text: string, field: string): boolean =>
  new RegExp(`^\\|( \\d+ \\|)? \`${field}\` \\|`, 'm').test(text);

const messages = declaredIn('./message.ts');

describe('docs/PROTOCOL.md', () => {
  test('has a section for every message, with a row for every field', () => {
    const typed = messages.filter(({ type }) => type !== undefined);
    expect(typed.length).toBe(19);
    for (const { type = '', fields } of typed) {
      const section = sectionOf(type);
      expect(section, `a section for ${type}`).not.toBe('');
      for (const field of fields) expect(hasRow(section, field), `${type}.${field}`).toBe(true);
    }
  });

  test('has a row for every field of what messages are made of', () => {
    const parts = [...messages.filter(({ type }) => type === undefined), ...declaredIn('./entry.ts')];
    expect(parts.map(({ name }) => name).sort()).toEqual([
      'Cursor',
      'FetchItem',
      'ListedChild',
      'ListedFolder',
      'Removal',
      'Rule',
      'SourceEntry',
      'SourceProblem',
    ]);
    for (const { name, fields } of parts) {
      expect(fields.length).toBeGreaterThan(0);
      for (const field of fields) expect(hasRow(doc, field), `${name}.${field}`).toBe(true);
    }
  });

  test('invents no message', () => {
    const described = [...doc.matchAll(/^### `(\w+)`$/gm)].map(([, type]) => type);
    expect(described.sort()).toEqual(messages.flatMap(({ type }) => type ?? []).sort());
  });

  test('has every close code with its name', () => {
    for (const [name, code] of Object.entries(CLOSE_CODES))
      expect(doc).toContain(`| ${code} | \`${name}\` |`);
  });

  test('has every limit with its value', () => {
    const constants = Object.entries({ ...limits, ...paths }).filter(
      ([, value]) => typeof value === 'number',
    );
    expect(constants.length).toBeGreaterThanOrEqual(16);
    for (const [name, value] of constants)
      expect(doc).toMatch(new RegExp(`^\\| \`${name}\` \\| ${value}( bytes| ms)? \\|`, 'm'));
  });

  test('has every kind of record with its code, and the version', () => {
    for (const [name, code] of Object.entries(RECORD_KIND))
      expect(doc).toContain(`| \`${name}\` | ${code} |`);
    expect(doc).toContain(`\`PROTOCOL_VERSION\` is ${PROTOCOL_VERSION}.`);
    expect(doc).toContain(`# The lanmirror protocol, version ${PROTOCOL_VERSION}\n`);
  });
});
