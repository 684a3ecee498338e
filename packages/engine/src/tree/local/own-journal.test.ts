import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TreeError } from '../error.ts';
import { type OwnJournal, openOwnJournal } from './own-journal.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`own-journal.test SEED=${SEED}`);

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lanmirror-journal-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Undefined when there is none. */
function textOf(journal: OwnJournal): string | undefined {
  const lines: string[] = [];
  return journal.read((line) => lines.push(line)) ? lines.join('\n') : undefined;
}

test('what was added is read again, behind what was there', () => {
  mkdirSync(join(root, '.lanmirror'));
  const journal = openOwnJournal(root, 'cleaned');
  expect(textOf(journal)).toBeUndefined();
  journal.append('one');
  appendFileSync(join(root, '.lanmirror/cleaned'), ' torn');
  journal.append('\n文');
  expect(textOf(openOwnJournal(root, 'cleaned'))).toBe('one torn\n文');
});

test('where our folder is not, the disk of the target is not: there is nothing to read, and nothing is made', () => {
  const journal = openOwnJournal(root, 'cleaned');
  expect(textOf(journal)).toBeUndefined();
  expect(() => journal.append('x')).toThrow('does not exist');
  expect(existsSync(join(root, '.lanmirror'))).toBe(false);
});

test('a link in its place, or in the place of our folder, is neither read nor written through', () => {
  mkdirSync(join(root, '.lanmirror'));
  mkdirSync(join(root, 'elsewhere'));
  writeFileSync(join(root, 'elsewhere/cleaned'), 'of somebody');
  symlinkSync('../elsewhere/cleaned', join(root, '.lanmirror/cleaned'));
  const journal = openOwnJournal(root, 'cleaned');
  expect(() => textOf(journal)).toThrow('links are not followed');
  expect(() => journal.append('x')).toThrow('links are not followed');
  rmSync(join(root, '.lanmirror'), { recursive: true });
  symlinkSync('elsewhere', join(root, '.lanmirror'));
  expect(() => openOwnJournal(root, 'cleaned').append('x')).toThrow();
});

test.each([
  ['a FIFO', 'mkfifo'],
  ['a folder', 'mkdir'],
])('%s in its place is neither waited for nor written to', (_name, make) => {
  mkdirSync(join(root, '.lanmirror'));
  execFileSync(make, [join(root, '.lanmirror/cleaned')]);
  const journal = openOwnJournal(root, 'cleaned');
  expect(() => textOf(journal)).toThrow(TreeError);
  expect(() => journal.append('x')).toThrow(TreeError);
});

test('each line is told of whole, wherever the parts that are read end, and however many there are', () => {
  mkdirSync(join(root, '.lanmirror'));
  const journal = openOwnJournal(root, 'cleaned');
  const lines: string[] = [];
  fc.assert(
    fc.property(fc.nat(40_000), fc.constantFrom('x', '文', '🙂'), (length, letter) => {
      const more = ['', letter.repeat(length % 16_000), `${lines.length}`, 'y'.repeat(length)];
      journal.append(`\n${more.join('\n')}`);
      lines.push(...more);
    }),
    { seed: SEED, numRuns: 40 },
  );
  expect(textOf(journal)).toBe(`\n${lines.join('\n')}`);
});

test('one that is longer than the longest text is read in parts', () => {
  mkdirSync(join(root, '.lanmirror'));
  const file = openSync(join(root, '.lanmirror/cleaned'), 'w');
  const part = Buffer.from(`${'x'.repeat(9999)}\n`.repeat(6000));
  for (let at = 0; at < 10; at += 1) writeSync(file, part);
  closeSync(file);
  let [count, odd] = [0, 0];
  openOwnJournal(root, 'cleaned').read(({ length }) => {
    count += 1;
    if (length !== 9999) odd += 1;
  });
  expect([count, odd]).toEqual([60_001, 1]);
});

test('a line that is longer than any of ours is damage, and says so', () => {
  mkdirSync(join(root, '.lanmirror'));
  for (const tail of ['', '\nmore']) {
    writeFileSync(join(root, '.lanmirror/cleaned'), `one\n${'\0'.repeat(200_000)}${tail}`);
    expect(() => textOf(openOwnJournal(root, 'cleaned'))).toThrow('.lanmirror/cleaned is damaged');
  }
});
