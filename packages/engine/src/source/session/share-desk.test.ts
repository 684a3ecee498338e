import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CLOSE_CODES,
  type ConnectionListener,
  decodeServerMessage,
  encodeMessage,
  PROTOCOL_VERSION,
  type ServerMessage,
} from '@lanmirror/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chooseShare } from '../../core/index.ts';
import { systemClock } from '../../wire/index.ts';
import { SourceFilter } from '../publish/source-filter.ts';
import { openShare, type Share } from '../share.ts';
import { FrontDesk } from './front-desk.ts';

interface Guest {
  readonly told: ServerMessage[];
  /** With which it was closed; undefined while it is open. */
  closedWith(): number | undefined;
  hello(share: string): ServerMessage | undefined;
  attach(session: string): ServerMessage | undefined;
}

let dir: string;
let shares: { name: string; keys: readonly string[] | undefined; share: Share }[];
let desk: FrontDesk;

beforeEach(async () => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'lanmirror-desk-')));
  shares = [];
  for (const [name, keys] of [
    ['films', undefined],
    ['照片.2024', ['default']],
  ] as const) {
    const monitorDir = join(dir, name);
    mkdirSync(monitorDir);
    writeFileSync(join(monitorDir, 'a'), name);
    shares.push({ name, keys, share: await open(name, monitorDir) });
  }
  desk = new FrontDesk({
    clock: systemClock,
    note: () => undefined,
    share: (name, keyName) => {
      const choice = chooseShare(shares, name, keyName);
      return 'refusal' in choice ? { code: 'no-such-share', text: choice.refusal } : choice.share.share.desk;
    },
  });
});
afterEach(async () => {
  await Promise.all(shares.map(({ share }) => share.stop()));
  rmSync(dir, { recursive: true });
});

function open(shareName: string, monitorDir: string): Promise<Share> {
  return openShare({
    ...{
      shareName,
      monitorDir,
      stateDir: join(dir, `state of ${shareName}`),
      name: 'nas',
      program: 'server',
    },
    ...{ watch: 'native', pollMs: 1000, isHashIdle: false, scrubDays: () => 0, note: () => undefined },
    filter: new SourceFilter([], { minBytes: 0, maxBytes: 0, ignoresCase: false }),
  });
}

function guest(keyName: string): Guest {
  const told: ServerMessage[] = [];
  let listener: ConnectionListener | undefined;
  let closed: number | undefined;
  desk.welcome(
    {
      peer: '192.0.2.7:1',
      listen: (one) => {
        listener = one;
      },
      send: (bytes) => void told.push(decodeServerMessage(bytes)),
      ...{ bufferedBytes: () => 0, receivedBytes: () => 0, pause: () => undefined, resume: () => undefined },
      close(code) {
        if (closed !== undefined) return;
        closed = code;
        listener?.closed(code, '');
      },
    },
    keyName,
  );
  const say = (message: Parameters<typeof encodeMessage>[0]): ServerMessage | undefined => {
    listener?.message(encodeMessage(message));
    return told[0];
  };
  const protocol = PROTOCOL_VERSION;
  const who = { name: 'mirror', program: 'client', root: '', cursor: null };
  return {
    told,
    closedWith: () => closed,
    hello: (share) => say({ type: 'hello', protocol, share, ...who }),
    attach: (session) => say({ type: 'attach', protocol, session }),
  };
}

function sessionOf(message: ServerMessage | undefined): string {
  return message?.type === 'welcome' ? message.session : '';
}

test('each share has an index of its own, and sessions of its own', () => {
  const welcomes = ['films', '照片.2024'].map((name) => guest('default').hello(name));
  expect(welcomes.map((message) => (message?.type === 'welcome' ? message.rootPath : ''))).toEqual([
    join(dir, 'films'),
    join(dir, '照片.2024'),
  ]);
  expect(new Set(welcomes.map((one) => (one?.type === 'welcome' ? one.indexId : ''))).size).toBe(2);
  expect(shares.map(({ share }) => share.clients().map((client) => client.share))).toEqual([
    ['films'],
    ['照片.2024'],
  ]);
});

test('who may not have a share is refused with no-such-share, and is no client of it', () => {
  const phone = guest('phone');
  expect(phone.hello('照片.2024')).toMatchObject({ type: 'refuse', code: 'no-such-share' });
  expect(phone.closedWith()).toBe(CLOSE_CODES['no-such-share']);
  expect(shares.flatMap(({ share }) => share.clients())).toEqual([]);
});

test('a session is found by both connections of its key, in whatever share it is, and by none of another key', () => {
  for (const name of ['films', '照片.2024']) {
    const session = sessionOf(guest('default').hello(name));
    expect(guest('phone').attach(session)).toMatchObject({ type: 'refuse', code: 'bad-message' });
    expect(guest('default').attach(session)).toEqual({ type: 'attached' });
  }
});

test('the sessions of a key that is none any more end, and no others', () => {
  const [phone, other] = [guest('phone'), guest('default')];
  phone.hello('films');
  other.hello('films');
  desk.endKey('phone');
  expect(phone.closedWith()).toBe(CLOSE_CODES.stopping);
  expect(other.closedWith()).toBeUndefined();
  expect(shares[0]?.share.clients().map(({ key }) => key)).toEqual(['default']);
});

test('who proved a key that is none any more and said nothing yet gets no session, nor the next key of that name', () => {
  const [phone, other] = [guest('phone'), guest('default')];
  desk.endKey('phone');
  expect(phone.told).toMatchObject([{ type: 'refuse', code: 'no-such-share' }]);
  expect(phone.closedWith()).toBe(CLOSE_CODES['no-such-share']);
  // It was on its way.
  phone.hello('films');
  expect(phone.told).toHaveLength(1);
  expect(shares.flatMap(({ share }) => share.clients())).toEqual([]);
  expect(guest('phone').hello('films')).toMatchObject({ type: 'welcome' });
  expect(other.hello('films')).toMatchObject({ type: 'welcome' });
});

test('there are 256 sessions at most over all shares, and one that ends makes room', () => {
  const all = Array.from({ length: 256 }, (_, at) => {
    const one = guest('default');
    one.hello(shares[at % 2]?.name ?? '');
    return one;
  });
  expect(guest('default').hello('films')).toMatchObject({ type: 'refuse', code: 'busy' });
  desk.endKey('default');
  expect(all.every((one) => one.closedWith() !== undefined)).toBe(true);
  expect(guest('default').hello('films')).toMatchObject({ type: 'welcome' });
});
