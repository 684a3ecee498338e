import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { confirm } from './confirm.ts';

const terminal = (typed: string, isTTY = true) => {
  const input = Object.assign(new PassThrough(), { isTTY });
  input.end(typed);
  return { input, output: new PassThrough() };
};

test('only y and yes are a yes; anything else, and the end of the input, is a no', async () => {
  for (const typed of ['y\n', 'Y\n', 'yes\n', ' YES \n'])
    expect(await confirm('?', terminal(typed))).toBe(true);
  for (const typed of ['n\n', '\n', 'yess\n', 'no\ny\n', ''])
    expect(await confirm('?', terminal(typed))).toBe(false);
});

test('without a terminal nobody is asked', async () => {
  const pipe = terminal('y\n', false);
  expect(await confirm('?', pipe)).toBeUndefined();
  expect(pipe.output.read()).toBeNull();
});

test('a question waits until the one before is answered', async () => {
  const first = Object.assign(new PassThrough(), { isTTY: true });
  const output = new PassThrough();
  const answers = [
    confirm('first? ', { input: first, output }),
    confirm('second? ', { ...terminal('y\n'), output }),
  ];
  await new Promise((resolve) => output.once('data', resolve));
  expect(String(output.read() ?? '')).not.toContain('second?');
  first.end('n\n');
  expect(await Promise.all(answers)).toEqual([false, true]);
});
