import type { FetchItem, RecordKind } from '@lanmirror/protocol';
import { expect, test } from 'vitest';
import { EarlyAnswers } from './early-answers.ts';
import { DisconnectedError, type Fetcher, type Sink } from './fetcher.ts';

const item = (id: number, version: number, rest: Partial<FetchItem> = {}): FetchItem => ({
  ...{ id, version, offset: 0, hash: null, baseBytes: 0 },
  ...rest,
});
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

function deferred() {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}

/** A server whose answers a test gives by hand. */
function makeServer() {
  const asked: { id: number; sink: Sink; end: () => void; lose: () => void; isCancelled: boolean }[] = [];
  const fetch: Fetcher['fetch'] = ([first], [sink]) => {
    const { promise, resolve, reject } = deferred();
    const lose = (): void => reject(new DisconnectedError());
    const one = { id: first?.id ?? 0, sink: sink as Sink, end: resolve, lose, isCancelled: false };
    asked.push(one);
    const cancel = (): void => {
      one.isCancelled = true;
      resolve();
    };
    return { done: promise, cancel };
  };
  let nowMs = 0;
  const early = new EarlyAnswers({ fetch }, { nowMs: () => nowMs });
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { early, asked, pass };
}

/** A file that notes what it is given. */
function makeFile() {
  const heard: [RecordKind, ...number[]][] = [];
  const sink: Sink = (kind, payload) => {
    heard.push([kind, ...payload]);
    return undefined;
  };
  return { heard, sink };
}

test('what came before somebody wanted it is given in its order, and what comes then at once', async () => {
  const { early, asked } = makeServer();
  early.ask([{ id: 7, version: 3 }]);
  void asked[0]?.sink('start', bytes(0));
  void asked[0]?.sink('bytes', bytes(1, 2));
  const file = makeFile();
  const running = early.take([item(7, 3)], [file.sink]);
  expect(file.heard).toEqual([
    ['start', 0],
    ['bytes', 1, 2],
  ]);
  void asked[0]?.sink('end', bytes(9));
  asked[0]?.end();
  await running?.done;
  expect(file.heard.at(-1)).toEqual(['end', 9]);
  expect(asked).toHaveLength(1);
});

test.each([
  ['another version', [item(7, 4)]],
  ['a file of which a beginning is offered', [item(7, 3, { offset: 5, hash: bytes(1) })]],
  ['a file beside one that nobody asked for', [item(7, 3), item(8, 3)]],
])('%s is no answer, and nothing of it is given', (_what, items) => {
  const { early, asked } = makeServer();
  early.ask([{ id: 7, version: 3 }]);
  void asked[0]?.sink('start', bytes(0));
  const files = items.map(() => makeFile());
  const sinks = files.map(({ sink }) => sink);
  expect(early.take(items, sinks)).toBeUndefined();
  expect(files.flatMap(({ heard }) => heard)).toEqual([]);
});

test('an answer is given to one only', () => {
  const { early } = makeServer();
  early.ask([{ id: 7, version: 3 }]);
  expect(early.take([item(7, 3)], [makeFile().sink])).toBeDefined();
  expect(early.take([item(7, 3)], [makeFile().sink])).toBeUndefined();
});

test('what nobody wanted for a second is cancelled, and is no answer any more', () => {
  const { early, asked, pass } = makeServer();
  early.ask([{ id: 7, version: 3 }]);
  pass(999);
  early.ask([{ id: 8, version: 4 }]);
  pass(1);
  expect(early.take([item(7, 3)], [makeFile().sink])).toBeUndefined();
  expect(asked.map(({ isCancelled }) => isCancelled)).toEqual([true, false]);
  expect(early.take([item(8, 4)], [makeFile().sink])).toBeDefined();
});

test('a file that is told anew is asked for anew', () => {
  const { early, asked } = makeServer();
  early.ask([{ id: 7, version: 3 }]);
  early.ask([{ id: 7, version: 4 }]);
  expect(asked.map(({ isCancelled }) => isCancelled)).toEqual([true, false]);
  expect(early.take([item(7, 4)], [makeFile().sink])).toBeDefined();
});

test('no more than eight wait at once, however many are told', () => {
  const { early, asked } = makeServer();
  const files = (from: number, to: number) =>
    Array.from({ length: to - from }, (_one, at) => ({ id: from + at, version: 1 }));
  early.ask(files(10, 19));
  expect(asked).toHaveLength(0);
  early.ask(files(10, 14));
  early.ask(files(14, 18));
  early.ask(files(18, 19));
  expect(asked).toHaveLength(8);
});

test('a lost connection is heard by whoever took the answer, and by nobody else', async () => {
  const { early, asked } = makeServer();
  early.ask([
    { id: 7, version: 3 },
    { id: 8, version: 3 },
  ]);
  const running = early.take([item(7, 3)], [makeFile().sink]);
  for (const { lose } of asked) lose();
  await expect(running?.done).rejects.toThrow(DisconnectedError);
});

test('who does not want it any more cancels it', async () => {
  const { early, asked } = makeServer();
  early.ask([{ id: 7, version: 3 }]);
  const running = early.take([item(7, 3)], [makeFile().sink]);
  running?.cancel();
  await running?.done;
  expect(asked[0]?.isCancelled).toBe(true);
});

test('an answer that takes its time is waited for', async () => {
  const { early, asked } = makeServer();
  early.ask([{ id: 7, version: 3 }]);
  void asked[0]?.sink('start', bytes(0));
  asked[0]?.end();
  const { promise, resolve } = deferred();
  let isDone = false;
  const running = early.take([item(7, 3)], [() => promise]);
  const done = running?.done.then(() => {
    isDone = true;
  });
  await Promise.resolve().then(() => Promise.resolve());
  expect(isDone).toBe(false);
  resolve();
  await done;
  expect(isDone).toBe(true);
});
