import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IniSyntaxError, readIni } from './ini-file.ts';

const seed = process.env.SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.SEED);

function readValue(line: string): string | undefined {
  return readIni(`[S]\n${line}`).get('s')?.values.get('key')?.text;
}

function syntaxError(text: string): { line: number; message: string } {
  try {
    readIni(text);
  } catch (error) {
    if (error instanceof IniSyntaxError) return { line: error.line, message: error.message };
    throw error;
  }
  throw new Error('no syntax error');
}

test('the file of the ancestor is read, with its comments behind values', () => {
  const text = [
    '[Server]',
    'MonitorDir = D:/source # folder to watch',
    'BindIP = 0.0.0.0 ; all addresses',
    'Port = 8080',
    '',
    '[Client]',
    'ServerIP = 192.168.1.5',
    'SyncMode = incremental # or full',
    'MaxWorkers = 5',
  ].join('\n');
  const sections = readIni(text);
  const texts = (name: string) =>
    [...(sections.get(name)?.values ?? [])].map(([key, { text: value }]) => [key, value]);
  expect(texts('server')).toEqual([
    ['monitordir', 'D:/source'],
    ['bindip', '0.0.0.0'],
    ['port', '8080'],
  ]);
  expect(texts('client')).toEqual([
    ['serverip', '192.168.1.5'],
    ['syncmode', 'incremental'],
    ['maxworkers', '5'],
  ]);
});

describe('values', () => {
  test.each([
    ['Key = C# projects', 'C# projects'],
    ['Key = a;b', 'a;b'],
    ['Key = a # b', 'a'],
    ['Key = a\t; b', 'a'],
    ['Key = # nothing', ''],
    ['Key =#not a comment', '#not a comment'],
    ['Key =', ''],
    ['Key = "C # projects" # comment', 'C # projects'],
    ["Key = 'a ; b'   ; comment", 'a ; b'],
    ['Key = "  blanks  "', '  blanks  '],
    ['Key = ""', ''],
    ['Key = "it\'s"', "it's"],
    ['Key = \'say "no"\'', 'say "no"'],
    ['Key = \\\\nas\\share', '\\\\nas\\share'],
    ['Key = "\\\\nas\\share" # UNC', '\\\\nas\\share'],
    ['Key = D:\\new\\temp', 'D:\\new\\temp'],
    ['Key = "D:\\new\\temp"', 'D:\\new\\temp'],
    ['Key = D:\\', 'D:\\'],
    ['Key = "D:\\"', 'D:\\'],
    ['Key: value', 'value'],
    ['Key:D:/source', 'D:/source'],
    ['Key = http://a:8080/b=c', 'http://a:8080/b=c'],
    ['Key = /媒体/电影 # 中文', '/媒体/电影'],
    ['Key = true', 'true'],
    ['Key = null', 'null'],
    ['Key = 007', '007'],
    ['Key = [a, b]', '[a, b]'],
    ['Key = $HOME', '$HOME'],
    ['Key = a\u2028b', 'a\u2028b'],
  ])('%j means %j', (line, value) => {
    expect(readValue(line)).toBe(value);
  });

  test(`any text between single quotes is the value, SEED=${seed}`, () => {
    const text = fc.string({ unit: 'binary' }).filter((one) => !/['\r\n\0]/.test(one));
    fc.assert(
      fc.property(text, (value) => {
        expect(readValue(`Key = '${value}' # comment`)).toBe(value);
      }),
      { seed },
    );
  });
});

describe('names and lines', () => {
  test('sections and keys are found by lower-case name and remember how and where they were written', () => {
    const section = readIni('# first\n\n[SERVER] # comment\npORT = 1\n').get('server');
    expect([section?.name, section?.line]).toEqual(['SERVER', 3]);
    expect(section?.values.get('port')).toEqual({ key: 'pORT', line: 4, text: '1' });
  });

  test('of a repeated key the last one holds, in any case, and a repeated section goes on', () => {
    const section = readIni('[S]\nKey = 1\nOther = 2\n[s]\nKEY = 3').get('s');
    expect(section?.values.get('key')).toEqual({ key: 'KEY', line: 5, text: '3', earlierLine: 2 });
    expect(section?.values.get('other')?.text).toBe('2');
    expect(section?.line).toBe(1);
  });

  test.each([
    ['CRLF', '[S]\r\nKey = 1\r\nOther = 2\r\n'],
    ['CR', '[S]\rKey = 1\rOther = 2'],
    ['a byte order mark', '\uFEFF[S]\nKey = 1\nOther = 2'],
  ])('%s changes neither values nor lines', (_what, text) => {
    const values = readIni(text).get('s')?.values;
    expect([values?.get('key')?.text, values?.get('other')]).toEqual([
      '1',
      { key: 'Other', line: 3, text: '2' },
    ]);
  });

  test('names that objects have by themselves are ordinary', () => {
    const sections = readIni('[constructor]\ntoString = a\nhasOwnProperty = b');
    expect(sections.get('constructor')?.values.get('tostring')?.text).toBe('a');
    expect(sections.get('constructor')?.values.get('hasownproperty')?.text).toBe('b');
    expect(sections.get('tostring')).toBeUndefined();
  });

  test('an empty file and an empty section are no error', () => {
    expect(readIni('').size).toBe(0);
    expect(readIni('[S]').get('s')?.values.size).toBe(0);
  });
});

/** As long as a key. */
const SECRET = 'Hush-0123456789-0123456789-0123456789-01234';

describe('syntax errors name the line', () => {
  test.each([
    ['Key = 1', 1, '"Key" stands before the first [section]'],
    ['[S]\n\nwords alone', 3, '"words ..." is not of the form Key = value'],
    ['# c\n[S', 2, '"[S" is not a section like [Server]'],
    ['[]', 1, '"[]" is not a section like [Server]'],
    ['[a.b]', 1, '"[a.b]" is not a section like [Server]'],
    ['[__proto__]', 1, '"[__proto__]" is not a section like [Server]'],
    ['[S]\n= 1', 2, '"" is not a key; a key is made of letters, digits, "-" and "_"'],
    ['[S]\nKey[] = 1', 2, '"Key[]" is not a key; a key is made of letters, digits, "-" and "_"'],
    ['[S]\n__proto__ = 1', 2, '"__proto__" is not a key; a key is made of letters, digits, "-" and "_"'],
    ['[S]\nA = 1\nKey = a\0b', 3, 'it holds a NUL character'],
  ])('%j', (text, line, message) => {
    expect(syntaxError(text)).toEqual({ line, message });
  });

  test.each([`Key ${SECRET}`, SECRET, `Key ${SECRET} # of: the nas`, `Key\t${SECRET}`])(
    'a secret that stands in a wrong place is not repeated: %s',
    (line) => {
      const { line: number, message } = syntaxError(`[Client]\n${line}`);
      expect(number).toBe(2);
      expect(message).not.toContain(SECRET.slice(0, 8));
    },
  );

  test.each(['"open', '"a" b', "'Tis", '"a"#b', '"a"b"'])(
    'quotes that do not enclose the whole value: %s',
    (value) => {
      expect(syntaxError(`[S]\nKey = ${value}`)).toMatchObject({
        line: 2,
        message: expect.stringMatching(/^the quotes do not/),
      });
    },
  );

  test(`any text is read or refused as syntax, SEED=${seed}`, () => {
    const part = fc.constantFrom(
      '[',
      ']',
      '=',
      ':',
      '"',
      "'",
      '#',
      ';',
      '\\',
      '.',
      ' ',
      '\n',
      '\r',
      'S',
      'a',
      '__proto__',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        try {
          for (const { values } of readIni(parts.join('')).values()) {
            for (const { text } of values.values()) expect(typeof text).toBe('string');
          }
        } catch (error) {
          expect(error).toBeInstanceOf(IniSyntaxError);
        }
        expect(({} as Record<string, unknown>).a).toBeUndefined();
      }),
      { seed, numRuns: 2000 },
    );
  });
});
