import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { decodeClientMessage, decodeServerMessage, encodeMessage } from './codec.ts';
import { ROOT_ID, type SourceEntry } from './entry.ts';
import {
  BLOCK_DIGEST_BYTES,
  MAX_CHANGES,
  MAX_CONTROL_BYTES,
  MAX_DIGESTS_BYTES,
  MAX_FETCH_ITEMS,
  MAX_INTEGER,
  MAX_LINK_BYTES,
} from './limit.ts';
import type { Changes, ClientMessage, FetchItem, ListedFolder, ServerMessage } from './message.ts';
import { checkName, isReservedAtTop, utf8Length } from './path.ts';
import { ProtocolError } from './protocol-error.ts';
import { toWire, wireBytes } from './wire-entry.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`codec.test SEED=${seed}`);

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

// --- what the protocol can say ------------------------------------------------------------------------

const count = fc.oneof(fc.nat(300), fc.maxSafeNat(), fc.constantFrom(0, 2 ** 32, MAX_INTEGER));
const positive = count.map((n) => Math.max(1, n));
const u32 = fc.oneof(fc.nat(300), fc.constantFrom(0, 0xffffffff));
const label = fc.string({ unit: 'grapheme', maxLength: 60 }).filter(isWellFormed);
const name = label.filter((text) => checkName(text) === undefined && !isReservedAtTop(text));
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

const entry: fc.Arbitrary<SourceEntry> = fc
  .record({
    id: positive.filter((id) => id !== ROOT_ID),
    parentId: positive,
    name,
    kind: fc.constantFrom('directory', 'file', 'link'),
    sequence: count,
    version: count,
    sizeBytes: count,
    mtimeUs: fc.oneof(fc.maxSafeInteger(), fc.constant(1_700_000_000_000_000)),
    mode: fc.nat(0o777),
    target: label.filter((text) => text !== '' && !text.includes('\0')),
    isMarked: fc.boolean(),
  })
  .filter(({ id, parentId }) => id !== parentId)
  .map(({ target, isMarked, ...rest }) => ({
    ...rest,
    linkTarget: rest.kind === 'link' ? target : '',
    ...(isMarked && rest.kind === 'directory' && { isOpaque: true }),
    ...(isMarked && rest.kind === 'file' && { isExcluded: true }),
  }));

const item: fc.Arbitrary<FetchItem> = fc.oneof(
  fc.record({
    id: positive,
    version: count,
    offset: fc.constant(0),
    hash: fc.constant(null),
    baseBytes: fc.constant(0),
  }),
  fc.record({ id: positive, version: count, offset: positive, hash, baseBytes: fc.constant(0) }),
);

const code = fc.stringMatching(/^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}$/);

const listedFolder: fc.Arbitrary<ListedFolder> = fc
  .tuple(
    positive,
    fc.boolean(),
    fc.array(entry, { maxLength: 5 }),
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
  )
  .map(([id, isWhole, entries, digest]) => {
    const children = entries
      .filter((one) => one.id !== ROOT_ID && one.id !== id && (id !== ROOT_ID || !isReservedAtTop(one.name)))
      .map((one) => ({
        entry: { ...one, parentId: id },
        digest: one.kind === 'link' ? null : digest,
        unknown: one.kind === 'directory' ? id : 0,
      }));
    return { id, isThere: true, isWhole: isWhole || children.length === 0, children };
  });

const CLIENT: { readonly [T in ClientMessage['type']]: fc.Arbitrary<Extract<ClientMessage, { type: T }>> } = {
  hello: fc.record({
    type: fc.constant('hello'),
    protocol: count,
    program: label,
    name: label,
    share: label,
    root: label,
    cursor: fc.option(
      fc
        .record({ indexId: label, generation: count, sequence: count, told: count })
        .map((cursor) => ({ ...cursor, told: Math.max(cursor.sequence, cursor.told) })),
    ),
  }),
  attach: fc.record({ type: fc.constant('attach'), protocol: count, session: label }),
  fetch: fc.record({ type: fc.constant('fetch'), request: u32, items: fc.array(item, { maxLength: 20 }) }),
  blocks: fc.record({
    type: fc.constant('blocks'),
    request: u32,
    digests: fc
      .integer({ min: 1, max: 40 })
      .map((blocks) => new Uint8Array(blocks * BLOCK_DIGEST_BYTES).fill(blocks)),
  }),
  cancel: fc.record({ type: fc.constant('cancel'), request: u32 }),
  applied: fc.record({
    ...{ type: fc.constant('applied'), sequence: count, problems: count },
    ...{ code: fc.oneof(code, fc.constant('')), unknown: count },
  }),
  drain: fc.record({ type: fc.constant('drain'), request: u32 }),
  list: fc.record({
    ...{ type: fc.constant('list'), request: u32, after: label },
    folders: fc.array(positive, { maxLength: 20 }),
  }),
  ping: fc.record({ type: fc.constant('ping') }),
  pong: fc.record({ type: fc.constant('pong') }),
};

const SERVER: { readonly [T in ServerMessage['type']]: fc.Arbitrary<Extract<ServerMessage, { type: T }>> } = {
  welcome: fc.record({
    type: fc.constant('welcome'),
    protocol: count,
    program: label,
    name: label,
    session: label,
    indexId: label,
    generation: count,
    feed: fc.constantFrom('continue', 'walk', 'snapshot'),
    reason: label,
    rootId: positive,
    rootPath: label,
    shareMarks: fc.array(label, { maxLength: 5 }),
    outerMarks: fc.array(label, { maxLength: 5 }),
  }),
  attached: fc.record({ type: fc.constant('attached') }),
  rules: fc.record({
    ...{ type: fc.constant('rules'), path: label, ignoresCase: fc.boolean(), last: fc.boolean() },
    rules: fc.array(
      fc.record({ line: label, folder: fc.constantFrom('', 'films', 'films/a b'), origin: label }),
      { maxLength: 20 },
    ),
  }),
  changes: fc.record({
    type: fc.constant('changes'),
    after: count,
    upTo: count,
    head: fc.boolean(),
    entries: fc.array(entry, { maxLength: 20 }),
    removed: fc.array(fc.record({ id: positive, sequence: count }), { maxLength: 20 }),
  }),
  state: fc.record({
    type: fc.constant('state'),
    scanning: fc.boolean(),
    halt: label,
    problemCount: count,
    unreadCount: count,
    problems: fc.array(fc.record({ path: label, code: label }), { maxLength: 20 }),
  }),
  fingerprint: fc.record({ type: fc.constant('fingerprint'), sequence: count, code, unknown: count }),
  drained: fc.record({ type: fc.constant('drained'), request: u32, sequence: count }),
  listed: fc.record({
    ...{ type: fc.constant('listed'), request: u32, sequence: count },
    folders: fc.array(listedFolder, { maxLength: 5 }),
  }),
  refuse: fc.record({ type: fc.constant('refuse'), code: label, message: label }),
  ping: fc.record({ type: fc.constant('ping') }),
  pong: fc.record({ type: fc.constant('pong') }),
};

describe('round trip', () => {
  test.each(Object.entries(CLIENT))(
    'a client says %s and the server hears exactly that',
    (_type, messages) => {
      fc.assert(
        fc.property(messages as fc.Arbitrary<ClientMessage>, (message) => {
          expect(decodeClientMessage(encodeMessage(message))).toEqual(message);
        }),
        { seed, numRuns: 200 },
      );
    },
  );

  test.each(Object.entries(SERVER))(
    'a server says %s and the client hears exactly that',
    (_type, messages) => {
      fc.assert(
        fc.property(messages as fc.Arbitrary<ServerMessage>, (message) => {
          expect(decodeServerMessage(encodeMessage(message))).toEqual(message);
        }),
        { seed, numRuns: 200 },
      );
    },
  );

  test('nobody accepts what only the other side may say', () => {
    const isShared = (type: string) => type === 'ping' || type === 'pong';
    const ofClient = Object.entries(CLIENT).filter(([type]) => !isShared(type));
    const ofServer = Object.entries(SERVER).filter(([type]) => !isShared(type));
    const any = (list: readonly (readonly [string, fc.Arbitrary<ClientMessage | ServerMessage>])[]) =>
      fc.oneof(...list.map(([, messages]) => messages));
    fc.assert(
      fc.property(any(ofClient), any(ofServer), (fromClient, fromServer) => {
        expect(() => decodeServerMessage(encodeMessage(fromClient))).toThrow(ProtocolError);
        expect(() => decodeClientMessage(encodeMessage(fromServer))).toThrow(ProtocolError);
      }),
      { seed, numRuns: 300 },
    );
  });

  test('a hash that was heard does not keep its message alive, nor changes with it', () => {
    const bytes = encodeMessage({
      type: 'fetch',
      request: 1,
      items: [{ id: 2, version: 3, offset: 4, hash: new Uint8Array(32).fill(7), baseBytes: 0 }],
    });
    const message = Buffer.from(bytes);
    const heard = decodeClientMessage(message);
    message.fill(0);
    const kept = heard.type === 'fetch' ? heard.items[0]?.hash : null;
    expect(kept).toEqual(new Uint8Array(32).fill(7));
    expect(kept?.buffer.byteLength).toBe(32);
  });
});

describe('size', () => {
  const ordinary = (id: number): SourceEntry => ({
    id: 1_000_000 + id,
    parentId: 900_000,
    name: `photograph number ${id} of the holidays.jpeg`,
    kind: 'file',
    sequence: 5_000_000 + id,
    version: 4_000_000 + id,
    sizeBytes: 5_000_000_000,
    mtimeUs: 1_700_000_000_000_000 + id,
    mode: 0o644,
    linkTarget: '',
  });
  const changes = (entries: readonly SourceEntry[]): Changes => ({
    type: 'changes',
    after: 5_000_000,
    upTo: 5_000_512,
    head: true,
    entries,
    removed: [],
  });

  test('a full part of the feed with ordinary names fits into a control message', () => {
    const message = changes(Array.from({ length: MAX_CHANGES }, (_, id) => ordinary(id)));
    const bytes = encodeMessage(message);
    expect(bytes.length).toBeLessThanOrEqual(MAX_CONTROL_BYTES);
    expect(decodeServerMessage(bytes)).toEqual(message);
  });

  test('a full part with the longest names does not, and is not sent', () => {
    const entries = Array.from({ length: MAX_CHANGES }, (_, id) => ({
      ...ordinary(id),
      name: 'n'.repeat(255),
    }));
    expect(() => encodeMessage(changes(entries))).toThrow(/changes message of \d+ bytes is over the limit/);
  });

  test('a full fetch with offers fits into a control message', () => {
    const items = Array.from({ length: MAX_FETCH_ITEMS }, () => ({
      id: MAX_INTEGER,
      version: MAX_INTEGER,
      offset: MAX_INTEGER,
      hash: new Uint8Array(32),
      baseBytes: 0,
    }));
    expect(encodeMessage({ type: 'fetch', request: 1, items }).length).toBeLessThanOrEqual(MAX_CONTROL_BYTES);
  });

  test('a full message of digests fits into a control message', () => {
    const digests = new Uint8Array(MAX_DIGESTS_BYTES);
    expect(encodeMessage({ type: 'blocks', request: 0xffffffff, digests }).length).toBeLessThan(
      MAX_CONTROL_BYTES,
    );
  });

  test('wireBytes is never less than what an entry takes', () => {
    const largest: SourceEntry = {
      ...ordinary(0),
      id: MAX_INTEGER,
      parentId: MAX_INTEGER - 1,
      name: '\uffff'.repeat(85),
      kind: 'link',
      sequence: MAX_INTEGER,
      version: MAX_INTEGER,
      sizeBytes: MAX_INTEGER,
      mtimeUs: -MAX_INTEGER,
      linkTarget: 'x'.repeat(MAX_LINK_BYTES),
    };
    const packr = new Packr({ useRecords: false, variableMapSize: true, int64AsType: 'number' });
    fc.assert(
      fc.property(fc.oneof(entry, fc.constant(largest)), (one) => {
        expect(packr.pack(toWire(one)).length).toBeLessThanOrEqual(wireBytes(one));
      }),
      { seed, numRuns: 500 },
    );
    expect(utf8Length(largest.name)).toBe(255);
  });

  test('more bytes than a control message may have are refused unread', () => {
    const bytes = new Uint8Array(MAX_CONTROL_BYTES + 1);
    expect(() => decodeClientMessage(bytes)).toThrow(ProtocolError);
    expect(() =>
      encodeMessage({ type: 'refuse', code: 'x', message: 'x'.repeat(MAX_CONTROL_BYTES) }),
    ).toThrow(ProtocolError);
  });
});

// --- what the protocol cannot say ---------------------------------------------------------------------

/** Whether these bytes are a message for either side; anything but a ProtocolError is thrown on. */
function isHeard(bytes: Uint8Array): boolean {
  const isAccepted = (decode: (bytes: Uint8Array) => unknown): boolean => {
    try {
      decode(bytes);
      return true;
    } catch (error) {
      if (error instanceof ProtocolError) return false;
      throw error;
    }
  };
  const asServer = isAccepted(decodeClientMessage);
  return isAccepted(decodeServerMessage) || asServer;
}

/** Runs `work` and tells what it left on the heap and took in time. */
function costOf(work: () => void): { readonly megabytes: number; readonly ms: number } {
  const used = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  const before = used();
  const start = performance.now();
  work();
  return { megabytes: (used() - before) / 2 ** 20, ms: performance.now() - start };
}

const be32 = (n: number): number[] => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const repeat = (bytes: readonly number[], times: number): number[] =>
  Array.from({ length: times }, () => bytes).flat();

/** Nested arrays that each hold the one below twice, by a reference: 13 bytes a level, 2^level values. */
function references(levels: number): number[] {
  let bytes = [0x90];
  for (let at = 0; at < levels; at++)
    bytes = [0x92, 0xd6, 0x69, ...be32(at), ...bytes, 0xd6, 0x70, ...be32(at)];
  return bytes;
}

// biome-ignore format: a table
const BOMBS: readonly [string, readonly number[]][] = [
  ['an array that claims 33,554,431 items', [0xdd, ...be32(33_554_431)]],
  ['an array that claims 2^32 - 1 items', [0xdd, ...be32(0xffffffff)]],
  ['a map that claims 2^32 - 1 keys', [0xdf, ...be32(0xffffffff)]],
  ['bytes that claim 4 GiB', [0xc6, ...be32(0xffffffff)]],
  ['text that claims 4 GiB', [0xdb, ...be32(0xffffffff)]],
  ['an extension that claims 4 GiB', [0xc9, ...be32(0xffffffff), 0x74]],
  ['arrays in arrays, to the end', repeat([0x91], MAX_CONTROL_BYTES)],
  ['maps in maps, to the end', repeat([0x81, 0xa0], MAX_CONTROL_BYTES / 2)],
  ['arrays in arrays that each claim 65,535 items', repeat([0xdc, 0xff, 0xff], 20_000)],
  ['arrays in arrays that each claim 2^28 items', repeat([0xdd, ...be32(2 ** 28)], 13_000)],
  ['65,531 empty maps', [0xdd, ...be32(65_531), ...repeat([0x80], 65_531)]],
  ['references that stand for 2^40 values', references(40)],
  ['references that stand for 2^40 values, and a byte too many', [...references(40), 0xc0]],
  ['a record of its own making', [0xd4, 0x72, 0x40, 0x91, 0xa4, 0x74, 0x79, 0x70, 0x65, 0xa4, 0x70, 0x69, 0x6e, 0x68]],
  ['an error object that names a function', [0xd4, 0x65, 0, 0x92, 0xa4, 0x65, 0x76, 0x61, 0x6c, 0xa1, 0x31]],
  ['a regular expression', [0xd4, 0x78, 0, 0x92, 0xa3, 0x28, 0x61, 0x2b, 0xa0]],
  ['the byte that MessagePack never uses', [0xc1]],
  ['nothing', []],
];

describe('hostile bytes', () => {
  test.each(BOMBS)('%s are refused, cheaply', (_name, bytes) => {
    const message = Uint8Array.from(bytes);
    const cost = costOf(() => expect(isHeard(message)).toBe(false));
    expect(cost.megabytes).toBeLessThan(64);
    expect(cost.ms).toBeLessThan(1000);
  });

  test('random bytes are refused, and nothing but a ProtocolError is ever thrown', () => {
    const cost = costOf(() => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
          expect(isHeard(bytes)).toBe(false);
        }),
        { seed, numRuns: 2000 },
      );
    });
    expect(cost.megabytes).toBeLessThan(128);
  });

  test('random bytes that begin as a message does throw nothing but a ProtocolError', () => {
    const begin = (bytes: Uint8Array): Uint8Array =>
      Uint8Array.from([0x86, 0xa4, ...Buffer.from('type'), 0xa7, ...Buffer.from('changes'), ...bytes]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(isHeard(begin(bytes))).toBe(false);
      }),
      { seed, numRuns: 2000 },
    );
  });

  const anyMessage = fc.oneof(...Object.values(CLIENT), ...Object.values(SERVER)) as fc.Arbitrary<
    ClientMessage | ServerMessage
  >;

  test('a message with some bytes flipped is a message or a ProtocolError', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(anyMessage, flips, (message, list) => {
        const bytes = Uint8Array.from(encodeMessage(message));
        for (const [at, value] of list) bytes[at % bytes.length] = value;
        expect(typeof isHeard(bytes)).toBe('boolean');
      }),
      { seed, numRuns: 3000 },
    );
  });

  test('a message cut short, or with something behind it, is refused', () => {
    fc.assert(
      fc.property(
        anyMessage,
        fc.nat(),
        fc.uint8Array({ minLength: 1, maxLength: 5 }),
        (message, at, more) => {
          const bytes = Uint8Array.from(encodeMessage(message));
          expect(isHeard(bytes.subarray(0, at % bytes.length))).toBe(false);
          expect(isHeard(Uint8Array.from([...bytes, ...more]))).toBe(false);
        },
      ),
      { seed, numRuns: 1000 },
    );
  });

  test('a message in a larger buffer is read within its bounds only', () => {
    fc.assert(
      fc.property(CLIENT.hello, fc.nat(50), (message, shift) => {
        const bytes = encodeMessage(message);
        const buffer = new Uint8Array(bytes.length + 100).fill(0xc1);
        buffer.set(bytes, shift);
        expect(decodeClientMessage(buffer.subarray(shift, shift + bytes.length))).toEqual(message);
      }),
      { seed, numRuns: 200 },
    );
  });

  test('what was heard before changes nothing in what is heard next', () => {
    for (const [, bytes] of BOMBS) {
      isHeard(Uint8Array.from(bytes));
      expect(decodeClientMessage(encodeMessage({ type: 'ping' }))).toEqual({ type: 'ping' });
    }
  });
});
