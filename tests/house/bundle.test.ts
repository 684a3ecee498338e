/** What a start of a program pays for although it does not need it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe.each(['server', 'client'])('a start of the %s', (program) => {
  const bundle = `${ROOT}packages/${program}/bundle/main.cjs`;

  test('does not set up the widths of all scripts and emoji', () => {
    const text = readFileSync(bundle, 'utf8');
    expect(text).toContain('plainWidth');
    expect(text).not.toMatch(/RGI_Emoji|Intl\.Segmenter/);
  });

  test('reads one byte for each character: another one than ASCII would make V8 keep two for all of them', () => {
    const text = readFileSync(bundle);
    expect(text.findIndex((byte) => byte > 0x7f)).toBe(-1);
  });

  test('does not compile what was compiled when it was built', () => {
    const look = `const { readFileSync } = require('node:fs'); const { Script } = require('node:vm');
      const cachedData = readFileSync('${bundle}.compiled');
      console.log(new Script(readFileSync('${bundle}', 'utf8'), { cachedData }).cachedDataRejected);`;
    expect(spawnSync(process.execPath, ['-e', look], { encoding: 'utf8' }).stdout).toBe('false\n');
  });
});
