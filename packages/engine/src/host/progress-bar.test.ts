import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { Screen } from './log.ts';
import { barProgress } from './progress-bar.ts';

const ESCAPE = '\u001b';
const MIB = 1 << 20;

/** A terminal that understands what bars need: what a person sees is in `rows`. */
class Terminal extends EventEmitter {
  readonly isTTY = true;
  readonly columns = 120;
  rows: string[] = [''];
  row = 0;
  column = 0;
  isCursorShown = true;
  isWrapping = true;

  write(text: string): boolean {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are controlled with them
    for (const part of text.match(/\u001b\[\??\d*[A-Za-z]|\n|[^\n\u001b]+/g) ?? []) {
      if (part.startsWith(ESCAPE)) this.#control(part.slice(2));
      else if (part === '\n') this.#newline();
      else for (const char of part) this.#put(char);
    }
    return true;
  }

  #newline(): void {
    this.row += 1;
    this.column = 0;
    this.rows[this.row] ??= '';
  }

  #put(char: string): void {
    if (this.column >= this.columns && this.isWrapping) this.#newline();
    const at = Math.min(this.column, this.columns - 1);
    const line = (this.rows[this.row] ?? '').padEnd(at);
    this.rows[this.row] = line.slice(0, at) + char + line.slice(at + 1);
    this.column += 1;
  }

  #control(code: string): void {
    const count = Number(/\d+/.exec(code)?.[0] ?? 1);
    const line = this.rows[this.row] ?? '';
    if (code === '?25h' || code === '?25l') this.isCursorShown = code.endsWith('h');
    else if (code === '?7h' || code === '?7l') this.isWrapping = code.endsWith('h');
    else if (code.endsWith('A')) this.row = Math.max(0, this.row - count);
    else if (code.endsWith('G')) this.column = count - 1;
    else if (code.endsWith('J')) {
      this.rows.length = this.row + 1;
      this.rows[this.row] = line.slice(0, this.column);
    } else if (code.endsWith('K'))
      this.rows[this.row] = code.startsWith('2') ? '' : line.slice(0, this.column);
    else throw new Error(`the terminal does not know ${code}`);
  }

  /** What stands on it, without blanks at the ends. */
  get text(): string {
    return this.rows
      .map((row) => row.trimEnd())
      .join('\n')
      .trimEnd();
  }
}

function create(stdoutIsTerminal = true) {
  const terminal = new Terminal();
  const file: string[] = [];
  const stdout = stdoutIsTerminal ? terminal : { isTTY: false, write: (text: string) => file.push(text) > 0 };
  const clock = { now: 0 };
  const screen = { stderr: terminal, stdout } as unknown as Screen;
  return { terminal, file, clock, progress: barProgress(() => clock.now, screen) };
}

test('log lines during a pass are whole, in order and above the bars; after it nothing of the bars is left', async () => {
  const { terminal, clock, progress } = create();
  const long = `Failed: ${'x'.repeat(300)} end`;
  await progress.begin('incremental', 10);
  clock.now = 1000;
  progress.advance('incremental', 5, 10);
  progress.copying('a film with a rather long name.mkv', MIB, 5 * MIB);
  progress.write('info', 'first');
  progress.write('error', long);
  progress.write('info', 'third');
  progress.end();
  expect(terminal.text.replaceAll('\n', '')).toBe(`first${long}third`);
  expect(terminal.rows.slice(0, 2).map((row) => row.slice(0, 6))).toEqual(['first', 'Failed']);
  expect(terminal.isCursorShown).toBe(true);
  expect(terminal.isWrapping).toBe(true);
});

test('the bars show files, rate and the large file on its way', async () => {
  const { terminal, clock, progress } = create();
  await progress.begin('full', 10);
  clock.now = 1000;
  progress.advance('full', 5, 10);
  progress.copying('evil\u001b[2Jname', 0, 5 * MIB);
  clock.now = 2000;
  progress.copying('evil\u001b[2Jname', 2 * MIB, 5 * MIB);
  const drawn: string[] = [];
  const write = terminal.write.bind(terminal);
  terminal.write = (text) => {
    drawn.push(text);
    return write(text);
  };
  progress.end();
  const all = drawn.join('');
  expect(all).toMatch(/Full sync \|.*\| 5\/10 files {2}5\/s {2}ETA/);
  expect(all).toMatch(/evil\\x1b\[2Jname \|.*\| 2\/5 MB {2}2\.0 MB\/s/);
  expect(terminal.text).toBe('');
});

test('information goes to a file when standard output is one, also during a pass; warnings stay on the terminal', async () => {
  const { terminal, file, progress } = create(false);
  await progress.begin('full', 10);
  progress.write('info', 'Deleted: a');
  progress.write('warn', 'Failed: b');
  progress.end();
  progress.write('info', 'after');
  expect(file).toEqual(['Deleted: a\n', 'after\n']);
  expect(terminal.text).toBe('Failed: b');
});

test('a pass that ends before its bars are loaded shows none', async () => {
  const { terminal, progress } = create();
  const begun = progress.begin('full', 10);
  progress.end();
  await begun;
  progress.write('info', 'after');
  expect(terminal.text).toBe('after');
  expect(terminal.isCursorShown).toBe(true);
});

test('a pass without work has no bars, and a large file outside a pass has plain lines', async () => {
  const { terminal, clock, progress } = create();
  await progress.begin('full', 0);
  clock.now = 5000;
  progress.copying('film', MIB, 4 * MIB);
  expect(terminal.text).toBe('Copying film: 1.0MB/4.0MB (25.0%)');
});

test('passes leave no listener behind', async () => {
  const { progress } = create();
  const before = process.listenerCount('exit');
  await progress.begin('full', 1);
  await progress.begin('full', 1);
  expect(process.listenerCount('exit')).toBe(before + 1);
  progress.end();
  progress.end();
  expect(process.listenerCount('exit')).toBe(before);
  expect(process.listenerCount('SIGINT')).toBe(0);
});
