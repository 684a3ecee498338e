import fc from 'fast-check';
import { expect, test } from 'vitest';
import { setIniValues } from './ini-edit.ts';
import { IniSyntaxError, readIni } from './ini-file.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

function problem(text: string): string {
  try {
    readIni(text);
  } catch (error) {
    if (error instanceof IniSyntaxError) return `${error.line}: ${error.message}`;
    throw error;
  }
  return '';
}

test.each([
  ['[Job films]', 'films'],
  ['[ job   My films.2024  ] # mine', 'My films.2024'],
  ['[JOB 电影 与 剧集]', '电影 与 剧集'],
  ['[Job a # b] ; c', 'a # b'],
  ['[Job constructor]', 'constructor'],
  ['[Job __proto__]', '__proto__'],
  ['[Job a.b.c]', 'a.b.c'],
  ['[Job e\u0301te\u0301]', 'été'],
  ['[Job]', ''],
])('%j has the name %j', (head, label) => {
  const sections = [...readIni(`${head}\nKey = 1`).values()];
  expect(sections.map((one) => [one.kind.toLowerCase(), one.label, one.values.get('key')?.text])).toEqual([
    ['job', label, '1'],
  ]);
});

test.each([
  ['[Job a/b]', '1: "a/b" cannot be a name: it holds a "/"'],
  [`[Job ${'x'.repeat(65)}]`, `1: "${'x'.repeat(65)}" cannot be a name: it has more than 64 characters`],
  ['[Job a\u0007]', '1: "a\u0007" cannot be a name: it holds a control character'],
  ['[Job a\u2028b]', '1: "a\u2028b" cannot be a name: it holds a control character'],
  ['[Job -x]', '1: "-x" cannot be a name: it begins with "-"'],
  ['[Job a]b]', '1: "[Job a]b]" is not a section like [Server]'],
  ['[Job a]\n\n[job A]', '3: [job A] stands in line 1 already'],
  ['[Job é]\n[Job e\u0301]', '2: [Job é] stands in line 1 already'],
])('%j is refused', (text, message) => {
  expect(problem(text)).toBe(message);
});

test('64 characters are counted as a person counts them, and a name of one kind is free in another', () => {
  expect(problem(`[Job ${'😀'.repeat(64)}]`)).toBe('');
  expect(problem('[Job a]\n[Share a]')).toBe('');
});

test('quotes around a name are not part of it', () => {
  const labels = [...readIni('[Job "My films"]\n[Job 7" singles]\n[Job "a" and "b]').values()].map(
    ({ label }) => label,
  );
  expect(labels).toEqual(['My films', '7" singles', '"a" and "b']);
  expect(problem('[Job My films]\n[Job "my films"]')).not.toBe('');
  expect(problem('[Job ""]')).toContain('it is empty');
});

test(`whatever the names are, each section reads back as it was written, in order (SEED=${SEED})`, () => {
  const character = fc.constantFrom(...'aZ9 .#;:=\'"\\_-$电é😀{}()%~\t');
  const label = fc
    .string({ unit: character, minLength: 1, maxLength: 20 })
    .map((one) => one.trim())
    .filter((one) => one !== '' && !one.startsWith('-') && !one.includes('\t') && !/^".*"$/.test(one));
  const jobs = fc.uniqueArray(fc.tuple(label, fc.constantFrom('a', '# b', ' c ')), {
    maxLength: 6,
    selector: ([name]) => name.normalize('NFC').toLowerCase(),
  });
  fc.assert(
    fc.property(jobs, (all) => {
      let text = '[Client]\nServerIP = nas\n';
      for (const [name, value] of all) text = setIniValues(text, `Job ${name}`, { TargetDir: value });
      const read = [...readIni(text).values()].filter(({ kind }) => kind === 'Job');
      const said = read.map((one) => [one.label, one.values.get('targetdir')?.text]);
      expect(said).toEqual(all.map(([name, value]) => [name.normalize('NFC'), value]));
    }),
    { seed: SEED, numRuns: 500 },
  );
});
