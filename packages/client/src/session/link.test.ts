import type { Clock } from '@lanmirror/engine/core';
import {
  type Changes,
  CLOSE_CODES,
  type Connection,
  type ConnectionListener,
  encodeMessage,
  type Welcome,
} from '@lanmirror/protocol';
import { expect, test } from 'vitest';
import { Link, openLink } from './link.ts';

const clock: Clock = {
  wallMs: () => 0,
  nowMs: () => 0,
  after: () => () => undefined,
  turn: () => Promise.resolve(),
};

const WELCOME: Welcome = {
  type: 'welcome',
  protocol: 1,
  program: '',
  name: '',
  session: '',
  indexId: 'i',
  generation: 1,
  feed: 'continue',
  reason: '',
  rootId: 1,
  rootPath: '',
  shareMarks: [],
  outerMarks: [],
};

/** A connection that remembers how it was closed. */
function makeConnection() {
  const codes: number[] = [];
  let listener: ConnectionListener | undefined;
  const connection = {
    receivedBytes: () => 0,
    listen: (next: ConnectionListener) => {
      listener = next;
    },
    send: () => undefined,
    pause: () => undefined,
    close: (code: number) => codes.push(code),
  } as unknown as Connection;
  const giveBytes = (bytes: Uint8Array): void => listener?.message(bytes);
  const give = (message: Changes): void => giveBytes(encodeMessage(message));
  return { connection, codes, give, giveBytes };
}

/** What a server of a later state of the protocol may say. */
const UNHEARD_OF = Uint8Array.from([0x81, 0xa4, ...Buffer.from('type'), 0xa6, ...Buffer.from('blocks')]);

test('a message that this protocol does not have closes both connections with bad-message, and is named', () => {
  const control = makeConnection();
  const data = makeConnection();
  const closed: string[] = [];
  const nothing = (): void => undefined;
  const listener = { rules: () => undefined, changes: nothing, state: nothing, fingerprint: nothing };
  const told = { ...listener, closed: (why: string) => closed.push(why) };
  new Link(control.connection, data.connection, WELCOME, 5, told, clock).begin();
  control.giveBytes(UNHEARD_OF);
  expect(closed).toEqual(['message.type: "blocks" is not of protocol 1: update the older program']);
  expect(control.codes).toEqual([CLOSE_CODES['bad-message']]);
  expect(data.codes).toEqual([CLOSE_CODES['bad-message']]);
});

test('such a message in answer to hello closes the connection with bad-message', async () => {
  const control = makeConnection();
  const nothing = (): void => undefined;
  const listener = {
    rules: () => undefined,
    changes: nothing,
    state: nothing,
    fingerprint: nothing,
    closed: nothing,
  };
  const start = { program: '', name: '', root: '', cursor: null };
  const opening = openLink(() => Promise.resolve(control.connection), start, listener, clock);
  await clock.turn();
  control.giveBytes(UNHEARD_OF);
  await expect(opening).rejects.toThrow('"blocks" is not of protocol 1');
  expect(control.codes).toEqual([CLOSE_CODES['bad-message']]);
});

test.each([
  ['a part was lost', 12],
  ['a part came twice', 5],
])(
  'a hole in the feed (%s) closes both connections with gap, and nothing of it is passed on',
  (_case, after) => {
    const control = makeConnection();
    const data = makeConnection();
    const taken: number[] = [];
    const closed: string[] = [];
    const listener = {
      rules: () => undefined,
      changes: ({ upTo }: Changes) => taken.push(upTo),
      state: () => undefined,
      fingerprint: () => undefined,
      closed: (why: string) => closed.push(why),
    };
    const link = new Link(control.connection, data.connection, WELCOME, 5, listener, clock);
    link.begin();
    const part = { type: 'changes', head: true, entries: [], removed: [] } as const;
    control.give({ ...part, after: 5, upTo: 9 });
    control.give({ ...part, after, upTo: 20 });
    expect(taken).toEqual([9]);
    expect(closed).toHaveLength(1);
    expect(control.codes).toEqual([CLOSE_CODES.gap]);
    expect(data.codes).toEqual([CLOSE_CODES.gap]);
  },
);
