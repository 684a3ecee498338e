import { encodeMessage } from '@lanmirror/protocol';
import { expect, test } from 'vitest';
import { connectionConformance, Ear } from './connection-conformance.suite.ts';
import { connectionPair } from './connection-pair.ts';

connectionConformance('a pair in memory', async () => ({
  ends: connectionPair(['b', 'a']),
  dispose: async () => undefined,
}));

test('each end calls the other one by its name', () => {
  const [first, second] = connectionPair(['the source', 'the mirror']);
  expect([first.peer, second.peer]).toEqual(['the source', 'the mirror']);
});

test('a reader that pauses in the middle gets no message more until it goes on', async () => {
  const [near, far] = connectionPair(['far', 'near']);
  const ear = new Ear(far);
  ear.heard = () => far.pause();
  for (let at = 0; at < 3; at += 1) near.send(Uint8Array.of(at));
  for (let count = 1; count <= 3; count += 1) {
    await ear.untilCount(count);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ear.messages).toHaveLength(count);
    far.resume();
  }
});

test('the answer to a ping proves life although its reader pauses', async () => {
  const [near, far] = connectionPair(['far', 'near']);
  const ear = new Ear(far);
  ear.heard = () => far.send(encodeMessage({ type: 'pong' }));
  new Ear(near);
  near.pause();
  const before = near.receivedBytes();
  near.send(encodeMessage({ type: 'ping' }));
  await ear.untilCount(1);
  expect(near.receivedBytes()).toBeGreaterThan(before);
});

test('what nobody will read any more is given back to its sender', async () => {
  const [near, far] = connectionPair(['far', 'near']);
  const freed = new Promise<void>((resolve) => {
    near.send(new Uint8Array(10), resolve);
  });
  far.close(1000, 'bye');
  await freed;
  expect(near.bufferedBytes()).toBe(0);
});

test('what is sent at an end that closes, or to one that has closed, is given back and does not count as buffered', async () => {
  const [near, far] = connectionPair(['far', 'near']);
  const ear = new Ear(far);
  near.close(1000, 'bye');
  const late = new Promise<void>((resolve) => {
    near.send(new Uint8Array(10), resolve);
  });
  await Promise.all([late, ear.untilClosed()]);
  await new Promise<void>((resolve) => {
    far.send(new Uint8Array(10), resolve);
  });
  expect([near.bufferedBytes(), far.bufferedBytes()]).toEqual([0, 0]);

  const [here, there] = connectionPair(['there', 'here']);
  // Nobody listens at the end that closes: the other one has not heard of it yet.
  there.close(1000, 'bye');
  const ended = new Ear(there);
  await ended.untilClosed();
  await new Promise<void>((resolve) => {
    here.send(new Uint8Array(10), resolve);
  });
  expect([ear.messages, here.bufferedBytes()]).toEqual([[], 0]);
});
