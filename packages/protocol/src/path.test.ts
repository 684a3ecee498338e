import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkName,
  checkPath,
  isReservedAtTop,
  isWithin,
  joinPath,
  MAX_NAME_BYTES,
  MAX_PATH_BYTES,
  MAX_PATH_DEPTH,
  nameOf,
  type PathFault,
  parentOf,
  utf8Length,
  type WindowsNameFault,
  windowsFaultMessage,
  windowsNameFault,
} from './path.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`path.test SEED=${seed}`);

/** What must become of a path: a fault, or acceptance as the literal name that it is. */
type Verdict = PathFault | 'literal';

const TARGETS = ['etc/passwd', 'root/.ssh/authorized_keys', 'secret.txt', 'windows/win.ini', 'a'];

const CLIMBS = [
  '..',
  '../..',
  '../../../../../../../..',
  'a/..',
  'a/../..',
  'a/b/../../..',
  '.',
  './.',
  'a/.',
  'a/./b',
];

/** Prefixes that some decoder, shell or file system takes for a way out. To the path rule they are names. */
// biome-ignore format: a table
const LITERAL_CLIMBS = [
  '%2e%2e', '%2E%2E', '.%2e', '%2e.', '%252e%252e', '..%2f', '..%5c', '%c0%ae%c0%ae', '%c0%ae%2f', '%u002e%u002e',
  '\uff0e\uff0e', '.\uff0e', '\u2024\u2024', '\u2025', '\ufe52\ufe52', '..\u2215', '..\u2044', '..\uff0f', '..\u29f8',
  '...', '....', '.. ', ' ..', '..;', '..\t', '\t..', '..\n', '..\r', '..\u200b', '\u200b..', '..\u202e', '\ufeff..',
  '..\\', '..\\..', '.\\', '\\..\\', '~', '~root', '$HOME', '\u0024{PWD}', '$(id)', '`id`', '..\u0001', '..\u007f',
  '&#46;&#46;', '\\u002e\\u002e', '\\x2e\\x2e', '0x2e0x2e', '-rf', '--', '*', '?', '..*', '..:', 'file:', 'C:', '\u00a0..',
];

const ABSOLUTES = [
  '/',
  '//',
  '///',
  '/./',
  '/../',
  '//server/share/',
  '/proc/self/root/',
  '/dev/fd/0/',
  '/%2e%2e/',
];

// biome-ignore format: a table
const WINDOWS_LITERALS = [
  'C:\\Windows\\win.ini', 'C:x', 'c:', '\\\\server\\share\\x', '\\\\?\\C:\\x', '\\\\.\\PhysicalDrive0', '\\x', '\\??\\C:\\x',
  'CON', 'con.txt', 'Con .txt', 'PRN', 'AUX.c', 'NUL', 'nul.tar.gz', 'COM0', 'COM1', 'com9.log', 'COM\u00b9', 'LPT1', 'lpt9.x',
  'LPT\u00b3', 'CONIN$', 'conout$', 'CONOUT$.txt', 'file.', 'file..', 'file ', 'file. .', 'file\u0007', 'file\u001f', 'a\nb',
  'a\tb', '\u001b]0;owned\u0007', 'file:stream', 'file::$DATA', 'file:$I30:$INDEX_ALLOCATION', '.:x', 'a<b', 'a>b', 'a|b', 'a"b',
  'a*b', 'a?b', 'PROGRA~1', 'progra~2', 'DOCUME~1.TXT', 'A~1', '~1', 'LANMIR~1', 'a\\b', 'a\\..\\b', '..\\..\\b',
];

// biome-ignore format: a table
const ORDINARY_ODDITIES = [
  ' ', '  ', ' a', '-', '--help', '-rf', '.hidden', '..hidden', 'a..b', 'a..', '...', '.a.', '#', ';rm', '\u202egnp.exe', '\u200f',
  '\u2066x\u2069', '\u0085', '\u2028', '\ufeffbom', 'caf\u00e9', 'cafe\u0301', '\u1100\u1161', '\ud83d\ude00', '<img src=x onerror=1>',
  '"><script>', "'; DROP TABLE entries;--", '__proto__', 'constructor', 'toString', 'null', 'undefined', 'NaN', '0', '\ufffd',
  'Thumbs.db', 'desktop.ini', '.git', '.lanmirror.txt', 'x.lanmirror', 'lanmirror', '.lanmirror ', ' .lanmirror', '.lanmirror\u200b',
];

const LONG = 'x'.repeat(MAX_NAME_BYTES);

// biome-ignore format: a table
const HAND_WRITTEN: readonly (readonly [string, Verdict])[] = [
  ['', 'empty'], ['a//b', 'empty'], ['a/', 'empty'], ['a/b/', 'empty'], ['a///b', 'empty'], ['..//a', 'dot'],
  ['\0', 'nul'], ['a\0', 'nul'], ['a\0.txt', 'nul'], ['a/\0/b', 'nul'], ['..\0', 'nul'], ['.lanmirror\0', 'nul'], ['a/..\0/b', 'nul'],
  ['\ud800', 'not-unicode'], ['\udc00', 'not-unicode'], ['a\ud800', 'not-unicode'], ['\udc00\ud800', 'not-unicode'],
  ['a/\udfff/b', 'not-unicode'], ['\ud83d\ude00\ud83d', 'not-unicode'], ['caf\udce9.txt', 'not-unicode'],
  [LONG, 'literal'], [`${LONG}x`, 'name-too-long'], [`a/${LONG}x/b`, 'name-too-long'], ['\u4e2d'.repeat(85), 'literal'],
  ['\u4e2d'.repeat(86), 'name-too-long'], ['\u00e9'.repeat(127), 'literal'], ['\u00e9'.repeat(128), 'name-too-long'],
  ['\ud83d\ude00'.repeat(63), 'literal'], ['\ud83d\ude00'.repeat(64), 'name-too-long'],
  [Array(MAX_PATH_DEPTH).fill('d').join('/'), 'literal'], [Array(MAX_PATH_DEPTH + 1).fill('d').join('/'), 'too-deep'],
  [Array(16).fill(LONG).join('/'), 'literal'], [`${Array(16).fill(LONG).join('/')}/x`, 'path-too-long'],
  ['x'.repeat(MAX_PATH_BYTES + 1), 'path-too-long'], ['../'.repeat(2000), 'path-too-long'], ['\u4e2d/'.repeat(1025), 'path-too-long'],
  ['.lanmirror', 'reserved'], ['.LANMIRROR', 'reserved'], ['.LanMirror', 'reserved'], ['.lanmirror/tmp', 'reserved'],
  ['.LANmirror/trash/x', 'reserved'], ['.lanmirror/../a', 'dot'], ['./.lanmirror', 'dot'], ['.lanmirror/', 'empty'],
  ['a/.lanmirror', 'literal'], ['a/.lanmirror/x', 'literal'], ['.lanm\u0131rror', 'literal'], ['.lanm\u0130rror', 'literal'],
];

function corpus(): Map<string, Verdict> {
  const all = new Map<string, Verdict>(HAND_WRITTEN);
  for (const climb of CLIMBS) {
    all.set(climb, 'dot');
    for (const target of TARGETS) all.set(`${climb}/${target}`, 'dot').set(`${target}/${climb}`, 'dot');
  }
  for (const absolute of ABSOLUTES) {
    all.set(absolute, 'absolute');
    for (const target of TARGETS) all.set(`${absolute}${target}`, 'absolute');
  }
  for (const literal of [...LITERAL_CLIMBS, ...WINDOWS_LITERALS, ...ORDINARY_ODDITIES]) {
    all.set(literal, 'literal').set(`${literal}/etc/passwd`, 'literal').set(`a/${literal}`, 'literal');
  }
  return all;
}

/** Everything the code does with a path that it accepted, on a POSIX system: the paths it would touch. */
const OPERATIONS: Readonly<Record<string, (path: string) => string[]>> = {
  create: (path) => [path],
  'make its folder': (path) => [parentOf(path)],
  'rename from it': (path) => [path, joinPath('elsewhere', nameOf(path))],
  'rename to it': (path) => [joinPath(parentOf(path), nameOf(path))],
  'walk down to it': (path) => {
    const visited: string[] = [];
    path.split('/').reduce((folder, name) => {
      visited.push(joinPath(folder, name));
      return joinPath(folder, name);
    }, '');
    return visited;
  },
  'walk up from it': (path) => {
    const visited: string[] = [];
    for (let at = path; at !== ''; at = parentOf(at)) visited.push(at);
    return visited;
  },
};

const HOSTILE = [...corpus()];

describe('hostile paths', () => {
  test('the corpus has at least 300 of them', () => {
    expect(HOSTILE.length).toBeGreaterThanOrEqual(300);
  });

  test('each is refused with its own reason, or accepted as the literal name it is', () => {
    const wrong = HOSTILE.filter(([path, verdict]) => (checkPath(path) ?? 'literal') !== verdict);
    expect(wrong.map(([path, verdict]) => ({ path, verdict, got: checkPath(path) }))).toEqual([]);
  });

  test.each(Object.entries(OPERATIONS))(
    'none that is accepted leaves the root when asked to %s',
    (_name, touched) => {
      const accepted = HOSTILE.filter(([path]) => checkPath(path) === undefined);
      expect(accepted.length).toBeGreaterThan(150);
      for (const [path] of accepted) {
        for (const one of touched(path)) {
          // The system's own resolution is the judge: it must change nothing and stay below the root.
          expect(posix.resolve('/root', one)).toBe(one === '' ? '/root' : `/root/${one}`);
        }
      }
    },
  );

  test('none that Windows accepts too leaves the root there', () => {
    const accepted = HOSTILE.filter(
      ([path]) =>
        checkPath(path) === undefined &&
        path.split('/').every((name) => windowsNameFault(name) === undefined),
    );
    expect(accepted.length).toBeGreaterThan(50);
    for (const [path] of accepted) {
      const native = path.replaceAll('/', '\\');
      expect(win32.resolve('C:\\root', native)).toBe(`C:\\root\\${native}`);
    }
  });

  test('joining a name that is not one component throws instead of leaving the folder', () => {
    for (const name of ['', '.', '..', '/', '/etc', '../x', 'a/b', 'a/', 'a\0b']) {
      expect(() => joinPath('folder', name)).toThrow(RangeError);
      expect(() => joinPath('', name)).toThrow(RangeError);
    }
  });
});

describe('checkName', () => {
  test.each<[string, PathFault | undefined]>([
    ['', 'empty'],
    ['.', 'dot'],
    ['..', 'dot'],
    ['...', undefined],
    ['a/b', 'slash'],
    ['/', 'slash'],
    ['a\0', 'nul'],
    ['\ud800x', 'not-unicode'],
    ['\ud83d\ude00', undefined],
    ['\u4e2d'.repeat(86), 'name-too-long'],
    ['.lanmirror', undefined],
    ['a\\b', undefined],
  ])('%j gives %s', (name, fault) => {
    expect(checkName(name)).toBe(fault);
  });

  test('the reserved name is reserved in any ASCII case and in no other disguise', () => {
    expect(['.lanmirror', '.LANMIRROR', '.lanMirror'].every(isReservedAtTop)).toBe(true);
    expect(['lanmirror', '.lanmirror2', '.lanm\u0131rror', '.lanm\u0130rror', ''].some(isReservedAtTop)).toBe(
      false,
    );
  });
});

describe('windowsNameFault', () => {
  test.each<[WindowsNameFault, string[]]>([
    [
      'forbidden-character',
      ['a:b', 'C:', 'f::$DATA', 'a<', '>a', 'a|b', 'a?b', 'a*', 'a"b', 'a\\b', '\\\\?\\x'],
    ],
    ['control-character', ['a\tb', 'a\nb', '\u0000', '\u001f', '\u001b[0m']],
    ['trailing-dot-or-space', ['a.', 'a ', 'a. ', '...', ' ', 'CON.', 'CON ']],
    [
      'device-name',
      ['CON', 'con', 'Nul.txt', 'nul.tar.gz', 'COM0', 'com9', 'LPT\u00b2.x', 'CONIN$', 'conout$.y', 'aux .c'],
    ],
    ['short-name', ['PROGRA~1', '~1', 'a~12', 'DOCUME~1.TXT', 'x~1.c']],
  ])('finds %s', (fault, names) => {
    for (const name of names) expect({ name, fault: windowsNameFault(name) }).toEqual({ name, fault });
  });

  test('ordinary names, and names that only resemble forbidden ones, pass', () => {
    // biome-ignore format: a table
    const names = [
      'a', 'console', 'CONTENT.txt', 'com', 'COM10', 'com1x', 'lpt', 'auxiliary', 'nullable.ts', 'a.con', '.con', 'notes~', 'a~b',
      'backup.c.~1~', 'longname~1x', 'verylongname~1', 'x~1.backup', ' a', 'a b', '\u4e2d', '-', '[a]', '{a}', "it's", 'a;b', '%TEMP%',
    ];
    for (const name of names)
      expect({ name, fault: windowsNameFault(name) }).toEqual({ name, fault: undefined });
  });
});

test('every fault of a name on Windows has a sentence of its own', () => {
  // biome-ignore format: a table
  const onWindows: WindowsNameFault[] = [
    'forbidden-character', 'control-character', 'trailing-dot-or-space', 'device-name', 'short-name',
  ];
  const sentences = onWindows.map(windowsFaultMessage);
  expect(sentences.every((sentence) => sentence.length > 20)).toBe(true);
  expect(new Set(sentences).size).toBe(5);
});

/** Names of any Unicode, of 1 to 40 characters, that obey the rule by construction. */
const validName = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 40 })
  .map((text) => text.replaceAll('/', '\uff0f').replaceAll('\0', '0'))
  .filter((text) => text !== '.' && text !== '..');

const validPath = fc
  .array(validName, { minLength: 1, maxLength: 8 })
  .filter((names) => names[0]?.toLowerCase() !== '.lanmirror')
  .map((names) => names.join('/'));

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(
      fc.constantFrom('.', '..', '/', 'a', 'ab', '\0', '\ud800', '\udc00', '\\', '.lanmirror', '\u4e2d'),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

describe('for all paths', () => {
  test('a path built of valid names is accepted', () => {
    fc.assert(
      fc.property(validPath, (path) => checkPath(path) === undefined),
      { seed, numRuns: 2000 },
    );
  });

  test('what is accepted is its own canonical form and stays below the root', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(checkPath(text) === undefined);
        expect(posix.resolve('/root', text)).toBe(`/root/${text}`);
        expect(Buffer.from(text).toString()).toBe(text);
      }),
      { seed, numRuns: 5000 },
    );
  });

  test('a path is accepted exactly when its names are, within the limits and off the reserved name', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const names = text.split('/');
        const accepted =
          names.every((name) => checkName(name) === undefined) && !isReservedAtTop(names[0] ?? '');
        expect(checkPath(text) === undefined).toBe(accepted);
      }),
      { seed, numRuns: 5000 },
    );
  });

  test('joining never escapes the folder, and is undone by parentOf and nameOf', () => {
    fc.assert(
      fc.property(fc.oneof(validPath, fc.constant('')), anyText, (folder, name) => {
        if (checkName(name) === undefined) {
          const joined = joinPath(folder, name);
          expect(isWithin(joined, folder) && joined !== folder).toBe(true);
          expect([parentOf(joined), nameOf(joined)]).toEqual([folder, name]);
          return;
        }
        let joined: string;
        try {
          joined = joinPath(folder, name);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          return;
        }
        // Names that no file system can hold are refused by checkName, but they do not escape either.
        expect(posix.resolve('/root', joined)).toBe(`/root/${joined}`);
      }),
      { seed, numRuns: 5000 },
    );
  });

  test('a path is within another only with a separator between them', () => {
    fc.assert(
      fc.property(validPath, validName, (path, more) => {
        expect(isWithin(path, path)).toBe(true);
        expect(isWithin(path, '')).toBe(true);
        expect(isWithin(`${path}/${more}`, path)).toBe(true);
        expect(isWithin(`${path}${more}`, path)).toBe(false);
        expect(isWithin(path, `${path}/${more}`)).toBe(false);
      }),
      { seed, numRuns: 2000 },
    );
  });

  test('utf8Length is right where the length of an encoded character changes', () => {
    const characters = [
      '\0',
      '\u007f',
      '\u0080',
      '\u07ff',
      '\u0800',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
      '\u{10ffff}',
    ];
    expect(characters.map(utf8Length)).toEqual([1, 1, 2, 2, 3, 3, 3, 3, 4, 4]);
  });

  test('utf8Length counts what an encoder writes, lone surrogates included', () => {
    const halves = fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 30 })
      .map((units) => String.fromCharCode(...units));
    const surrogates = fc
      .array(fc.integer({ min: 0xd7fe, max: 0xe001 }), { maxLength: 30 })
      .map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(fc.oneof(halves, surrogates, fc.string({ unit: 'binary' })), (text) => {
        expect(utf8Length(text)).toBe(Buffer.byteLength(text));
      }),
      { seed, numRuns: 5000 },
    );
  });
});
