import { createHash } from 'node:crypto';
import { utf8Length, windowsNameFault } from '@lanmirror/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldedName, isSameSpelling, type NameRule, PLAIN_NAMES } from './name-rule.ts';
import { isMarkedName, naturalName, sideName, sourceName } from './placed-name.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`placed-name.test SEED=${seed}`);

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const longest = fc.constantFrom(255, 143, 100);
const rule: fc.Arbitrary<NameRule> = fc.record({
  foldsCase: fc.boolean(),
  foldsForm: fc.boolean(),
  isWindows: fc.boolean(),
  longest,
  unit: fc.constantFrom('byte' as const, 'utf16' as const),
});
const TRAPS = [
  ...[
    'con',
    'NUL',
    'com1',
    'lpt¹',
    'PROGRA~1',
    '~',
    '~case-',
    '~long-',
    '0123456789abcdef',
    '.',
    ' ',
    ':',
    '?',
  ],
  ...['*', '<', '>', '|', '"', '\\', '\u0001', '\u001f', '\uf03a', '\uf0fe', '\uf07e', '\uf000', '\uf0ff'],
  ...[
    'é',
    'e\u0301',
    'É',
    'ß',
    'ẞ',
    'SS',
    'ſ',
    'K',
    'K',
    'İ',
    'i',
    'ς',
    'σ',
    '\u00ad',
    '\u200d',
    '電',
    '😀',
    'Ａ',
  ],
  ...['a', 'A', 'b', '.txt', '.TXT', 'x'.repeat(90), '電'.repeat(40)],
];
const name = fc
  .oneof(
    fc.array(fc.constantFrom(...TRAPS), { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
  )
  .filter(
    (one) => !/[/\0]|\p{Surrogate}/u.test(one) && one !== '.' && one !== '..' && utf8Length(one) <= 255,
  );
const check = (property: fc.IRawProperty<unknown, false>): void =>
  fc.assert(property, { seed, numRuns: 3000 });

function isLegal(rule: NameRule, placed: string): boolean {
  const length = rule.unit === 'byte' ? utf8Length(placed) : placed.length;
  return (
    length <= rule.longest && !(rule.isWindows && windowsNameFault(placed) !== undefined) && placed !== ''
  );
}

describe('a placed name', () => {
  test('is one that the target can hold, whatever the name is', () => {
    check(
      fc.property(rule, name, (rule, name) => {
        expect(isLegal(rule, naturalName(rule, name, hash))).toBe(true);
        expect(isLegal(rule, sideName(rule, name, hash))).toBe(true);
      }),
    );
  });

  test('tells the name at the source, unless it was cut', () => {
    check(
      fc.property(rule, name, (rule, name) => {
        const placed = naturalName(rule, name, hash);
        const back = sourceName(rule, placed);
        if (back === undefined) expect(placed).toMatch(/~long-[0-9a-f]{16}/);
        else expect(back).toBe(name);
      }),
    );
  });

  test('is the name itself on a plain disk, and wherever nothing is wrong with it', () => {
    check(
      fc.property(name, (name) => {
        expect(naturalName(PLAIN_NAMES, name, hash)).toBe(name);
      }),
    );
    const windows = { ...PLAIN_NAMES, foldsCase: true, isWindows: true };
    for (const fine of ['Film (2024).mkv', 'budget~case-study.doc', 'a.b.c', '電影', 'résumé', 'x~1y'])
      expect(naturalName(windows, fine, hash)).toBe(fine);
  });

  test('siblings with the lowest id first never share a name, also not with side names that exist as real ones', () => {
    const siblings = fc.uniqueArray(
      fc.oneof(name, fc.constantFrom('a.txt', 'A.txt', 'A.TXT', 'a.TXT', 'é', 'e\u0301', 'É')),
      { minLength: 2, maxLength: 12 },
    );
    check(
      fc.property(rule, siblings, (rule, names) => {
        const real = [...names, ...names.map((one) => sideName(rule, one, hash))].filter(
          (one, at, all) => all.indexOf(one) === at && utf8Length(one) <= 255,
        );
        const placed = place(rule, real);
        expect(new Set(placed.map((one) => foldedName(rule, one))).size).toBe(real.length);
      }),
    );
  });

  test('of a collision stays the same whoever else comes or goes', () => {
    const rule: NameRule = { ...PLAIN_NAMES, foldsCase: true };
    expect(place(rule, ['Readme.txt', 'README.txt', 'readme.TXT'])).toEqual([
      'Readme.txt',
      sideName(rule, 'README.txt', hash),
      sideName(rule, 'readme.TXT', hash),
    ]);
    expect(sideName(rule, 'README.txt', hash)).toMatch(/^README~case-[0-9a-f]{16}\.txt$/);
  });

  test('a name that looks like a side name, in whatever letters, is never left as it is', () => {
    for (const like of [
      'a~case-0123456789abcdef.txt',
      'a~CASE-0123456789ABCDEF',
      'a~ca\u00adſe-0123456789abcdef',
    ]) {
      const placed = naturalName({ ...PLAIN_NAMES, foldsCase: true }, like, hash);
      expect(isMarkedName(placed)).toBe(false);
      expect(placed).not.toBe(like);
    }
  });
});

describe('a folded name', () => {
  test('is equal for what a disk that folds case or form takes for one name', () => {
    const both: NameRule = { ...PLAIN_NAMES, foldsCase: true, foldsForm: true };
    const pairs = [
      ...[
        ['A', 'a'],
        ['É', 'e\u0301'],
        ['ß', 'SS'],
        ['ẞ', 'ß'],
        ['ſ', 's'],
        ['K', 'k'],
        ['Σ', 'ς'],
      ],
      ...[
        ['.lan\u00admirror', '.LANMIRROR'],
        ['a\u200db', 'ab'],
      ],
    ] as const;
    for (const [a, b] of pairs) expect(foldedName(both, a as string)).toBe(foldedName(both, b as string));
  });

  test('does not change when it is folded again, nor with the case or form of the name', () => {
    check(
      fc.property(rule, name, (rule, name) => {
        const key = foldedName(rule, name);
        expect(foldedName(rule, key)).toBe(key);
        if (rule.foldsCase) expect(foldedName(rule, name.toLowerCase())).toBe(key);
        if (rule.foldsCase) expect(foldedName(rule, name.toUpperCase())).toBe(key);
        if (rule.foldsForm) expect(foldedName(rule, name.normalize('NFC'))).toBe(key);
      }),
    );
  });

  test('a spelling is the same by the letter, or where the disk does not keep the form', () => {
    expect(isSameSpelling({ ...PLAIN_NAMES, foldsForm: true }, 'é', 'e\u0301')).toBe(true);
    expect(isSameSpelling(PLAIN_NAMES, 'é', 'e\u0301')).toBe(false);
    expect(isSameSpelling({ ...PLAIN_NAMES, foldsCase: true, foldsForm: true }, 'a', 'A')).toBe(false);
  });
});

/** Names of siblings in the order of their ids. */
function place(rule: NameRule, names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((one) => {
    const natural = naturalName(rule, one, hash);
    const key = foldedName(rule, natural);
    if (taken.has(key)) return sideName(rule, one, hash);
    taken.add(key);
    return natural;
  });
}
