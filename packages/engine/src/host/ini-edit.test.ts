import fc from 'fast-check';
import { expect, test } from 'vitest';
import { setIniValues } from './ini-edit.ts';
import { readIni } from './ini-file.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

test('a new INI holds the values and nothing else', () => {
  expect(setIniValues('', 'Client', { ServerIP: 'nas', TargetDir: '/mnt/C# projects' })).toBe(
    '[Client]\nServerIP = nas\nTargetDir = /mnt/C# projects\n',
  );
});

test('what a person wrote stays: comments, order, spelling and line breaks', () => {
  const before = [
    '\uFEFF# mine',
    '[Server]',
    'Port = 1',
    '[client]',
    'serverip: "old" # the nas',
    'MaxWorkers = 3 ; few',
    '# end',
    '',
  ].join('\r\n');
  const after = setIniValues(before, 'Client', { ServerIP: '10.0.0.2', MaxWorkers: '4', TargetDir: '/mnt' });
  expect(after).toBe(
    [
      '\uFEFF# mine',
      '[Server]',
      'Port = 1',
      '[client]',
      'serverip: 10.0.0.2 # the nas',
      'MaxWorkers = 4 ; few',
      'TargetDir = /mnt',
      '# end',
      '',
    ].join('\r\n'),
  );
});

test('a missing section is added at the end', () => {
  expect(setIniValues('[Server]\nPort = 1\n\n', 'Client', { ServerIP: 'nas' })).toBe(
    '[Server]\nPort = 1\n\n[Client]\nServerIP = nas\n',
  );
});

test('of a repeated key the one that holds is changed', () => {
  const after = setIniValues('[Client]\nServerIP = a\nServerIP = b\n', 'Client', { ServerIP: 'c' });
  expect(after).toBe('[Client]\nServerIP = a\nServerIP = c\n');
});

test.each(['two\nlines', 'a\0b', `"both' #kinds`])('a value that no INI can hold is refused: %j', (value) => {
  expect(() => setIniValues('', 'Client', { TargetDir: value })).toThrow(/TargetDir cannot be written/);
});

test(`every value reads back unchanged, and so does every other one (SEED=${SEED})`, () => {
  const character = fc.constantFrom(...'aB/ #;"\':=[]\\.~文\u2028\t');
  const value = fc.string({ unit: character, maxLength: 12 });
  const keys = ['ServerIP', 'ServerPort', 'TargetDir', 'Name'] as const;
  const some = fc.dictionary(fc.constantFrom(...keys), value);
  const texts = (text: string): Record<string, string> =>
    Object.fromEntries(
      [...(readIni(text).get('client')?.values ?? [])].map(([key, { text: found }]) => [key, found]),
    );
  const lower = (values: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(values).map(([key, found]) => [key.toLowerCase(), found]));
  fc.assert(
    fc.property(some, some, (first, second) => {
      const isWritable = (all: Record<string, string>): boolean =>
        Object.values(all).every((one) => !(one.includes('"') && one.includes("'")));
      fc.pre(isWritable(first) && isWritable(second));
      const before = setIniValues('# mine\n[Client]\n', 'Client', first);
      expect(texts(before)).toEqual(lower(first));
      expect(texts(setIniValues(before, 'Client', second))).toEqual({ ...lower(first), ...lower(second) });
    }),
    { seed: SEED, numRuns: 500 },
  );
});
