import type { Clock } from '@lanmirror/engine/core';
import {
  type Changes,
  CLOSE_CODES,
  type Connection,
  type ConnectionListener,
  encodeMessage,
  MAX_RULE_LINE,
  MAX_RULE_TEXT,
  type Rules,
  type ServerMessage,
  type Welcome,
} from '@lanmirror/protocol';
import { expect, test } from 'vitest';
import { Link, openLink, type ToldRules } from './link.ts';

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
  const give = (message: ServerMessage): void => giveBytes(encodeMessage(message));
  return { connection, codes, give, giveBytes };
}

/** A control connection of a session that has begun, with what it passed on and why it ended. */
function makeLink() {
  const control = makeConnection();
  const data = makeConnection();
  const heard: unknown[] = [];
  const closed: string[] = [];
  const listener = {
    rules: ({ rules }: ToldRules) => heard.push(rules.map(({ line }) => line)),
    changes: ({ upTo }: Changes) => heard.push(upTo),
    state: () => undefined,
    fingerprint: () => undefined,
    closed: (why: string) => closed.push(why),
  };
  new Link(control.connection, data.connection, WELCOME, 5, listener, clock).begin();
  return { control, data, heard, closed };
}

const part = (after: number, upTo: number): Changes => ({
  ...({ type: 'changes', head: true, entries: [], removed: [] } as const),
  ...{ after, upTo },
});
const rules = (last: boolean, ...lines: string[]): Rules => ({
  ...({ type: 'rules', path: '', ignoresCase: false } as const),
  last,
  rules: lines.map((line) => ({ line, folder: '', origin: '' })),
});

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
  const start = { program: '', name: '', share: '', root: '', cursor: null };
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
    const { control, data, heard, closed } = makeLink();
    control.give(rules(true));
    control.give(part(5, 9));
    control.give(part(after, 20));
    expect(heard).toEqual([[], 9]);
    expect(closed).toHaveLength(1);
    expect(control.codes).toEqual([CLOSE_CODES.gap]);
    expect(data.codes).toEqual([CLOSE_CODES.gap]);
  },
);

test('rules come once and whole, before the first changes', () => {
  const { control, heard, closed } = makeLink();
  control.give(rules(false, 'a'));
  control.give(rules(true, 'b'));
  control.give(part(5, 9));
  expect([heard, closed]).toEqual([[['a', 'b'], 9], []]);
});

const LONG = 'x'.repeat(MAX_RULE_LINE);
/** As many of the longest rules as there may be, and one more. */
const TOO_LONG = Array.from({ length: MAX_RULE_TEXT / MAX_RULE_LINE + 1 }, () => rules(false, LONG));

test.each<[string, ServerMessage[]]>([
  ['changes without rules', [part(5, 9)]],
  ['changes between rules', [rules(false, 'a'), part(5, 9)]],
  ['rules after the last of them', [rules(true, 'a'), rules(true, 'b')]],
  ['rules after changes', [rules(true), part(5, 9), rules(true, 'a')]],
  ['rules of more text than there may be', TOO_LONG],
])('%s close both connections with bad-message', (_case, messages) => {
  const { control, data, closed } = makeLink();
  for (const message of messages.slice(0, -1)) control.give(message);
  expect(closed).toEqual([]);
  const last = messages.at(-1);
  if (last !== undefined) control.give(last);
  expect(closed).toHaveLength(1);
  expect(control.codes).toEqual([CLOSE_CODES['bad-message']]);
  expect(data.codes).toEqual([CLOSE_CODES['bad-message']]);
});
