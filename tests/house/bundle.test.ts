/** What a start of a program pays for although it does not need it. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test.each(['server', 'client'])(
  'a start of the %s does not set up the widths of all scripts and emoji',
  (program) => {
    const folder = `${ROOT}packages/${program}/bundle/`;
    const modules = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
    const texts = modules.map((name): [string, string] => [name, readFileSync(folder + name, 'utf8')]);
    expect(texts.some(([, text]) => text.includes('plainWidth'))).toBe(true);
    expect(texts.filter(([, text]) => /RGI_Emoji|Intl\.Segmenter/.test(text)).map(([name]) => name)).toEqual(
      [],
    );
  },
);
