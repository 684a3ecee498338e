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
import { Link } from './link.ts';

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
    close: (code: number) => codes.push(code),
  } as unknown as Connection;
  const give = (message: Changes): void => listener?.message(encodeMessage(message));
  return { connection, codes, give };
}

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
