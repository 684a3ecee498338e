import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { decodeClientMessage, decodeServerMessage } from './codec.ts';
import { ROOT_ID } from './entry.ts';
import {
  BLOCK_DIGEST_BYTES,
  MAX_CHANGES,
  MAX_DIGESTS_BYTES,
  MAX_FETCH_ITEMS,
  MAX_LINK_BYTES,
  MAX_LIST_FOLDERS,
  MAX_LISTED,
  MAX_TEXT,
} from './limit.ts';
import { checkClientMessage, checkServerMessage } from './message-check.ts';
import { checkName, isReservedAtTop } from './path.ts';
import { ProtocolError } from './protocol-error.ts';
import { PROTOCOL_VERSION } from './version.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`message-check.test SEED=${seed}`);

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

type Raw = Record<string, unknown>;

/** The other side sends whatever it likes: no check, no types. */
const packr = new Packr({ useRecords: false, variableMapSize: true, int64AsType: 'number' });
const HEAR = {
  client: (raw: unknown) => decodeClientMessage(packr.pack(raw)),
  server: (raw: unknown) => decodeServerMessage(packr.pack(raw)),
};
type Side = keyof typeof HEAR;

const HASH = new Uint8Array(32).fill(9);
const UNSAFE = 2 ** 53;

// Wrong values by the kind of a field. What a field refuses is tried at every place where one of its kind stands.
const NOT_A_COUNT = [
  undefined,
  null,
  '1',
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  UNSAFE,
  true,
  [],
  {},
];
const NOT_POSITIVE = [...NOT_A_COUNT, 0];
const NOT_U32 = [...NOT_A_COUNT, 2 ** 32];
const NOT_TEXT = [undefined, null, 1, true, [], {}, new Uint8Array(3)];
const NOT_A_LABEL = [...NOT_TEXT, 'x'.repeat(MAX_TEXT + 1)];
const NOT_A_TOKEN = [...NOT_TEXT, 'x'.repeat(65)];
const NOT_A_PATH = [...NOT_TEXT, 'x'.repeat(8193)];
const NOT_A_FLAG = [undefined, null, 0, 1, 'true', [], {}];
const NOT_A_LIST = [undefined, null, 0, 'list', {}, { 0: 1, length: 1 }, new Uint8Array(3)];
const NOT_MARKS = [...NOT_A_LIST, Array(257).fill('m')];
const NOT_A_MAP = [null, 0, 'map', [], true];

interface Row {
  readonly side: Side;
  readonly sample: Raw;
  readonly fields: Readonly<Record<string, readonly unknown[]>>;
}

const NOT_A_CODE = [...NOT_TEXT, 'x', '7K2F-9qmz-x41d-w8th', '7k2f-9qmz-x41d-w8th-', '7k2f-9qmz-x41d'];

const NO_FOLDER = { id: 3, isThere: false, isWhole: true, children: [] };

const ROWS: readonly Row[] = [
  {
    side: 'client',
    sample: { type: 'hello', protocol: 1, program: 'p', name: 'n', share: '', root: '', cursor: null },
    fields: {
      protocol: NOT_A_COUNT,
      program: NOT_A_LABEL,
      name: NOT_A_LABEL,
      share: NOT_A_LABEL,
      root: [...NOT_TEXT, 'x'.repeat(4097)],
      cursor: [undefined, 0, '', [], true],
    },
  },
  {
    side: 'client',
    sample: { type: 'attach', protocol: 1, session: 's' },
    fields: { protocol: NOT_A_COUNT, session: NOT_A_TOKEN },
  },
  {
    side: 'client',
    sample: { type: 'fetch', request: 1, items: [] },
    fields: {
      request: NOT_U32,
      items: [
        ...NOT_A_LIST,
        Array(MAX_FETCH_ITEMS + 1).fill({ id: 1, version: 1, offset: 0, hash: null, baseBytes: 0 }),
      ],
    },
  },
  {
    side: 'client',
    sample: { type: 'blocks', request: 1, digests: new Uint8Array(2 * BLOCK_DIGEST_BYTES) },
    fields: {
      request: NOT_U32,
      digests: [
        ...[undefined, null, 0, 'x'.repeat(BLOCK_DIGEST_BYTES), Array(BLOCK_DIGEST_BYTES).fill(0)],
        ...[0, 1, BLOCK_DIGEST_BYTES + 1, MAX_DIGESTS_BYTES + BLOCK_DIGEST_BYTES].map(
          (n) => new Uint8Array(n),
        ),
      ],
    },
  },
  { side: 'client', sample: { type: 'cancel', request: 1 }, fields: { request: NOT_U32 } },
  {
    side: 'client',
    sample: { type: 'applied', sequence: 1, problems: 0, code: '7k2f-9qmz-x41d-w8th', unknown: 0 },
    fields: {
      sequence: NOT_A_COUNT,
      problems: NOT_A_COUNT,
      code: NOT_A_CODE,
      unknown: NOT_A_COUNT,
    },
  },
  { side: 'client', sample: { type: 'drain', request: 1 }, fields: { request: NOT_U32 } },
  {
    side: 'client',
    sample: { type: 'list', request: 1, folders: [1, 7], after: 'name' },
    fields: {
      request: NOT_U32,
      folders: [...NOT_A_LIST, Array(MAX_LIST_FOLDERS + 1).fill(1)],
      after: [...NOT_TEXT, 'x'.repeat(256)],
    },
  },
  { side: 'client', sample: { type: 'ping' }, fields: {} },
  { side: 'client', sample: { type: 'pong' }, fields: {} },
  {
    side: 'server',
    sample: {
      type: 'welcome',
      protocol: 1,
      program: 'p',
      name: 'n',
      session: 's',
      indexId: 'i',
      generation: 1,
      feed: 'continue',
      reason: 'r',
      rootId: 1,
      rootPath: '/',
      shareMarks: ['m'],
      outerMarks: [],
    },
    fields: {
      protocol: NOT_A_COUNT,
      program: NOT_A_LABEL,
      name: NOT_A_LABEL,
      session: NOT_A_TOKEN,
      indexId: NOT_A_TOKEN,
      generation: NOT_A_COUNT,
      feed: [...NOT_TEXT, '', 'Continue', 'toString'],
      reason: NOT_A_LABEL,
      rootId: NOT_POSITIVE,
      rootPath: NOT_A_PATH,
      shareMarks: NOT_MARKS,
      outerMarks: NOT_MARKS,
    },
  },
  {
    side: 'server',
    sample: { type: 'fingerprint', sequence: 1, code: '7k2f-9qmz-x41d-w8th', unknown: 3 },
    fields: { sequence: NOT_A_COUNT, code: [...NOT_A_CODE, ''], unknown: NOT_A_COUNT },
  },
  { side: 'server', sample: { type: 'attached' }, fields: {} },
  {
    side: 'server',
    sample: {
      ...{ type: 'rules', path: '', ignoresCase: false, last: true },
      rules: [{ line: '*.tmp', folder: '', origin: 'Exclude' }],
    },
    fields: {
      path: [...NOT_TEXT, 'x'.repeat(4097)],
      ignoresCase: NOT_A_FLAG,
      rules: NOT_A_LIST,
      last: NOT_A_FLAG,
    },
  },
  {
    side: 'server',
    sample: { type: 'changes', after: 0, upTo: 1, head: true, entries: [], removed: [] },
    fields: {
      after: NOT_A_COUNT,
      upTo: NOT_A_COUNT,
      head: NOT_A_FLAG,
      entries: [...NOT_A_LIST, Array(MAX_CHANGES + 1).fill([2, 1, 'a', 1, 1, 1, 1, 1, 1, ''])],
      removed: [...NOT_A_LIST, Array(MAX_CHANGES + 1).fill({ id: 1, sequence: 1 })],
    },
  },
  {
    side: 'server',
    sample: { type: 'state', scanning: false, halt: '', problemCount: 0, unreadCount: 0, problems: [] },
    fields: {
      scanning: NOT_A_FLAG,
      halt: NOT_A_LABEL,
      problemCount: NOT_A_COUNT,
      unreadCount: NOT_A_COUNT,
      problems: [...NOT_A_LIST, Array(101).fill({ path: 'a', code: 'b' })],
    },
  },
  {
    side: 'server',
    sample: { type: 'drained', request: 1, sequence: 1 },
    fields: { request: NOT_U32, sequence: NOT_A_COUNT },
  },
  {
    side: 'server',
    sample: { type: 'listed', request: 1, sequence: 1, folders: [] },
    fields: {
      request: NOT_U32,
      sequence: NOT_A_COUNT,
      folders: [...NOT_A_LIST, Array(MAX_LIST_FOLDERS + 1).fill(NO_FOLDER)],
    },
  },
  {
    side: 'server',
    sample: { type: 'refuse', code: 'c', message: 'm' },
    fields: { code: NOT_A_LABEL, message: NOT_A_LABEL },
  },
  { side: 'server', sample: { type: 'ping' }, fields: {} },
  { side: 'server', sample: { type: 'pong' }, fields: {} },
];

/** Maps inside messages: where each stands, and how to send one. */
const INNER: readonly (Row & { readonly at: string; readonly wrap: (inner: unknown) => Raw })[] = [
  {
    side: 'client',
    at: 'message.cursor',
    wrap: (cursor) => ({ ...sampleOf('hello'), cursor }),
    sample: { indexId: 'i', generation: 1, sequence: 2, told: 3 },
    fields: { indexId: NOT_A_TOKEN, generation: NOT_A_COUNT, sequence: NOT_A_COUNT, told: NOT_A_COUNT },
  },
  {
    side: 'client',
    at: 'message.items[1]',
    wrap: (item) => ({
      ...sampleOf('fetch'),
      items: [{ id: 1, version: 0, offset: 0, hash: null, baseBytes: 0 }, item],
    }),
    sample: { id: 2, version: 3, offset: 4, hash: HASH, baseBytes: 0 },
    fields: {
      id: NOT_POSITIVE,
      version: NOT_A_COUNT,
      offset: NOT_A_COUNT,
      hash: [undefined, 0, 'x'.repeat(32), Array(32).fill(0), new Uint8Array(31), new Uint8Array(33)],
      baseBytes: NOT_A_COUNT,
    },
  },
  {
    side: 'server',
    at: 'message.removed[0]',
    wrap: (removal) => ({ ...sampleOf('changes'), removed: [removal] }),
    sample: { id: 2, sequence: 3 },
    fields: { id: NOT_POSITIVE, sequence: NOT_A_COUNT },
  },
  {
    side: 'server',
    at: 'message.folders[0]',
    wrap: (folder) => ({ ...sampleOf('listed'), folders: [folder] }),
    sample: NO_FOLDER,
    fields: { id: NOT_POSITIVE, isThere: NOT_A_FLAG, isWhole: NOT_A_FLAG, children: NOT_A_LIST },
  },
  {
    side: 'server',
    at: 'message.problems[0]',
    wrap: (problem) => ({ ...sampleOf('state'), problems: [problem] }),
    sample: { path: 'p', code: 'c' },
    fields: { path: NOT_A_PATH, code: NOT_A_LABEL },
  },
];

test('folders are asked for by their ids', () => {
  for (const id of NOT_POSITIVE)
    expectRefused('client', { ...sampleOf('list'), folders: [1, id] }, 'message.folders[1]');
});

test('what is listed of a folder fits it, and a digest fits its entry', () => {
  const listed = (folder: object): Raw => ({ ...sampleOf('listed'), folders: [{ ...NO_FOLDER, ...folder }] });
  const row = (kind: number, digest: unknown, unknown: unknown, parentId = 3): unknown[] => [
    [7, parentId, 'a', kind, 10, 9, 0, 0, 0o644, kind === 2 ? 'to' : ''],
    digest,
    unknown,
  ];
  const holding = (...children: unknown[]): Raw => listed({ isThere: true, children });
  const right = holding(row(0, HASH, 12), row(1, HASH, 0), row(1, null, 1), row(1, null, 0), row(2, null, 0));
  expect(() => HEAR.server(right)).not.toThrow();
  expect(HEAR.server(listed({}))).toEqual(listed({}));
  expectRefused('server', holding(row(1, HASH, 0, 4)), 'message.folders[0]');
  expectRefused('server', listed({ children: [row(1, HASH, 0)] }), 'message.folders[0]');
  expectRefused('server', listed({ isThere: true, isWhole: false }), 'message.folders[0]');
  expectRefused(
    'server',
    holding(...Array(MAX_LISTED + 1).fill(row(1, HASH, 0))),
    'message.folders[0].children',
  );
  for (const wrong of [row(0, null, 0), row(1, null, 2), row(2, null, 1), [row(1, HASH, 0)], 'row'])
    expectRefused('server', holding(wrong), 'message.folders[0].children[0]');
  expectRefused('server', holding(row(1, 'x'.repeat(32), 0)), 'message.folders[0].children[0].digest');
  expectRefused('server', holding(row(1, HASH, -1)), 'message.folders[0].children[0].unknown');
});

function sampleOf(type: string): Raw {
  const row = ROWS.find(({ sample }) => sample.type === type);
  if (row === undefined) throw new Error(`no sample of ${type}`);
  return row.sample;
}

const without = (raw: Raw, field: string): Raw =>
  Object.fromEntries(Object.entries(raw).filter(([name]) => name !== field));

/** It is refused by a ProtocolError that begins with the name of the field. */
function expectRefused(side: Side, raw: unknown, field: string): void {
  let error: unknown;
  try {
    HEAR[side](raw);
  } catch (thrown) {
    error = thrown;
  }
  expect(error, `${field} of ${String(JSON.stringify(raw)).slice(0, 200)}`).toBeInstanceOf(ProtocolError);
  expect((error as Error).message.slice(0, field.length + 1)).toBe(`${field}:`);
}

describe.each(ROWS)('$sample.type from a $side', ({ side, sample, fields }) => {
  test('is heard as it is', () => {
    expect(HEAR[side](sample)).toEqual(sample);
  });

  test('has exactly the fields of this table', () => {
    expect(Object.keys(fields).sort()).toEqual(Object.keys(without(sample, 'type')).sort());
  });

  test('is refused when a field is missing, and the error names it', () => {
    for (const field of Object.keys(fields)) expectRefused(side, without(sample, field), `message.${field}`);
    expectRefused(side, without(sample, 'type'), 'message.type');
  });

  test('is refused when a field is of another type or out of range, and the error names it', () => {
    for (const [field, wrong] of Object.entries(fields)) {
      for (const value of wrong) expectRefused(side, { ...sample, [field]: value }, `message.${field}`);
    }
  });

  test('is refused with a field more, and the error names it', () => {
    for (const extra of ['more', 'Type', '', 'constructor', 'toString', 'hasOwnProperty']) {
      expectRefused(side, { ...sample, [extra]: 1 }, `message.${extra}`);
    }
  });
});

describe.each(INNER)('$at', ({ side, at, wrap, sample, fields }) => {
  test('is heard as it is', () => {
    expect(HEAR[side](wrap(sample))).toEqual(wrap(sample));
  });

  test('is refused when anything about it is wrong, and the error names it', () => {
    for (const value of NOT_A_MAP)
      if (value !== null || at !== 'message.cursor') expectRefused(side, wrap(value), at);
    for (const [field, wrong] of Object.entries(fields)) {
      expectRefused(side, wrap(without(sample, field)), `${at}.${field}`);
      for (const value of wrong) expectRefused(side, wrap({ ...sample, [field]: value }), `${at}.${field}`);
    }
    expectRefused(side, wrap({ ...sample, more: 1 }), `${at}.more`);
  });
});

test('a cursor cannot be complete beyond what was told', () => {
  const hello = (sequence: number, told: number) => ({
    ...sampleOf('hello'),
    cursor: { indexId: 'i', generation: 1, sequence, told },
  });
  expectRefused('client', hello(3, 2), 'message.cursor');
  expect(HEAR.client(hello(3, 3))).toEqual(hello(3, 3));
});

test('a mark is a short text', () => {
  for (const field of ['shareMarks', 'outerMarks']) {
    for (const mark of NOT_A_TOKEN)
      expectRefused('server', { ...sampleOf('welcome'), [field]: ['m', mark] }, `message.${field}[1]`);
  }
});

test('what has a block list is alone in its fetch, and offered whole or not at all', () => {
  const item = { id: 2, version: 3, offset: 0, hash: null, baseBytes: 7 };
  const fetch = (...items: readonly Raw[]) => ({ ...sampleOf('fetch'), items });
  const whole = { ...item, offset: 7, hash: HASH };
  for (const right of [item, whole]) expect(HEAR.client(fetch(right))).toEqual(fetch(right));
  expectRefused('client', fetch({ ...whole, offset: 6 }), 'message.items[0]');
  expectRefused('client', fetch({ ...item, baseBytes: 0 }, item), 'message.items');
  expectRefused('client', fetch(item, item), 'message.items');
});

test('an offer has both an offset and a hash, or neither', () => {
  const fetch = (offset: number, hash: Uint8Array | null) => ({
    ...sampleOf('fetch'),
    items: [{ id: 2, version: 3, offset, hash, baseBytes: 0 }],
  });
  expectRefused('client', fetch(0, HASH), 'message.items[0]');
  expectRefused('client', fetch(7, null), 'message.items[0]');
  expect(HEAR.client(fetch(0, null))).toEqual(fetch(0, null));
  expect(HEAR.client(fetch(7, HASH))).toEqual(fetch(7, HASH));
});

describe('entries', () => {
  /** id, parentId, name, kind, sequence, version, sizeBytes, mtimeUs, mode, linkTarget */
  const FILE = [7, 3, 'a.txt', 1, 10, 9, 1234, -5, 0o644, ''] as const;
  const LINK = [7, 3, 'l', 2, 10, 9, 0, 0, 0o777, 'over/there'] as const;
  const ROOT = [ROOT_ID, 0, '', 0, 1, 1, 0, 0, 0o755, ''] as const;
  const FIELDS = [
    'id',
    'parentId',
    'name',
    'kind',
    'sequence',
    'version',
    'sizeBytes',
    'mtimeUs',
    'mode',
    'linkTarget',
  ];

  const told = (tuple: unknown): Raw => ({ ...sampleOf('changes'), entries: [tuple] });
  const refused = (tuple: readonly unknown[], field = '') =>
    expectRefused('server', told(tuple), `message.entries[0]${field}`);
  const put = (tuple: readonly unknown[], field: string, value: unknown): unknown[] =>
    tuple.map((old, at) => (FIELDS[at] === field ? value : old));

  test('are heard as they are', () => {
    expect(HEAR.server({ ...sampleOf('changes'), entries: [ROOT, FILE, LINK] })).toMatchObject({
      entries: [
        { id: 1, parentId: 0, name: '', kind: 'directory', mode: 0o755, linkTarget: '' },
        {
          id: 7,
          parentId: 3,
          name: 'a.txt',
          kind: 'file',
          sequence: 10,
          version: 9,
          sizeBytes: 1234,
          mtimeUs: -5,
        },
        { id: 7, kind: 'link', linkTarget: 'over/there' },
      ],
    });
  });

  test('are refused when a field is of another type or out of range, and the error names it', () => {
    const wrong: Readonly<Record<string, readonly unknown[]>> = {
      id: NOT_POSITIVE,
      parentId: NOT_A_COUNT,
      name: [...NOT_TEXT, 'x'.repeat(256)],
      kind: [undefined, null, 5, -1, 0.5, '1', 'file', 'length', true, [1], {}, { toString: 1, valueOf: 1 }],
      sequence: NOT_A_COUNT,
      version: NOT_A_COUNT,
      sizeBytes: NOT_A_COUNT,
      mtimeUs: [undefined, null, '1', 1.5, Number.NaN, UNSAFE, -UNSAFE, true, [], {}],
      mode: [...NOT_A_COUNT, 0o1000, 0o4755],
      linkTarget: NOT_TEXT,
    };
    expect(Object.keys(wrong)).toEqual(FIELDS);
    for (const [field, values] of Object.entries(wrong)) {
      for (const value of values) refused(put(FILE, field, value), `.${field}`);
    }
  });

  test('are refused with fewer or more fields, and as anything but a list', () => {
    refused(FILE.slice(0, 9));
    refused([...FILE, 0]);
    refused([]);
    for (const value of [
      null,
      0,
      'entry',
      {},
      Object.fromEntries(FIELDS.map((name, at) => [name, FILE[at]])),
    ]) {
      expectRefused('server', told(value), 'message.entries[0]');
    }
  });

  test('are refused when their name breaks the path rule', () => {
    const names = [
      '',
      '.',
      '..',
      '/',
      'a/b',
      '../x',
      '/etc',
      'a\0b',
      '\0',
      '字'.repeat(86),
      `${'x'.repeat(255)}é`,
    ];
    for (const name of names) refused(put(FILE, 'name', name), '.name');
  });

  test('are accepted exactly when the path rule accepts their name, at the top without our own folder', () => {
    const parts = fc.constantFrom('.', '/', '\0', 'a', 'é', '字', '.lanmirror', '\\', ' ', '\n', '😀');
    const names = fc.oneof(
      fc.array(parts, { maxLength: 6 }).map((list) => list.join('')),
      fc.string({ unit: 'binary', maxLength: 300 }).filter(isWellFormed),
    );
    fc.assert(
      fc.property(names, fc.constantFrom(ROOT_ID, 3), (name, parent) => {
        const isFine = checkName(name) === undefined && !(parent === ROOT_ID && isReservedAtTop(name));
        const tuple = put(put(FILE, 'name', name), 'parentId', parent);
        if (isFine) expect(HEAR.server(told(tuple))).toMatchObject({ entries: [{ name }] });
        else refused(tuple, '.name');
      }),
      { seed, numRuns: 2000 },
    );
  });

  test('a name of half a character, which no encoder of ours sends, is refused', () => {
    const bytes = Buffer.from(packr.pack(told(put(FILE, 'name', 'abc'))));
    bytes.set([0xed, 0xa0, 0x80], bytes.indexOf('abc'));
    let heard: unknown;
    try {
      heard = decodeServerMessage(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError);
    }
    // Some decoders put replacement characters there: then it is another, valid name.
    if (heard !== undefined) expect(heard).toMatchObject({ entries: [{ name: '\ufffd'.repeat(3) }] });
  });

  test('are refused when they are our own folder at the top, in any case; deeper it is an ordinary name', () => {
    for (const name of ['.lanmirror', '.LanMirror', '.LANMIRROR']) {
      refused(put(put(FILE, 'name', name), 'parentId', ROOT_ID), '.name');
      expect(HEAR.server(told(put(FILE, 'name', name)))).toMatchObject({ entries: [{ name }] });
    }
  });

  test('are refused without a parent, or as their own', () => {
    refused(put(FILE, 'parentId', 0));
    refused(put(FILE, 'parentId', 7));
  });

  test('are refused when the root is anything but a folder without name and parent', () => {
    for (const [field, value] of [
      ['parentId', 3],
      ['name', 'x'],
      ['kind', 1],
    ] as const)
      refused(put(ROOT, field, value));
  });

  test('are refused when a link has no target or anything else has one', () => {
    refused(put(LINK, 'linkTarget', ''));
    refused(put(FILE, 'linkTarget', 'x'));
    refused(put(put(FILE, 'kind', 0), 'linkTarget', 'x'));
  });

  test('are refused when a link target is longer than a path can be or has a NUL', () => {
    for (const target of ['a\0b', 'x'.repeat(MAX_LINK_BYTES + 1), '字'.repeat(MAX_LINK_BYTES / 3 + 1)]) {
      refused(put(LINK, 'linkTarget', target), '.linkTarget');
    }
    const longest = 'x'.repeat(MAX_LINK_BYTES);
    expect(HEAR.server(told(put(LINK, 'linkTarget', longest)))).toMatchObject({
      entries: [{ linkTarget: longest }],
    });
  });
});

describe('what is no message at all', () => {
  test('a value that is not a map with a known type is refused, and the error names the type', () => {
    const values = [
      undefined,
      null,
      0,
      'hello',
      [],
      ['hello'],
      {},
      { type: 1 },
      { type: 'HELLO' },
      { type: '' },
    ];
    const inherited = ['toString', 'constructor', '__proto__', 'hasOwnProperty'].map((type) => ({ type }));
    for (const value of [...values, ...inherited]) {
      expect(() => checkClientMessage(value)).toThrow(/^message\.type: /);
      expect(() => checkServerMessage(value)).toThrow(/^message\.type: /);
      expectRefused('client', value, 'message.type');
      expectRefused('server', value, 'message.type');
    }
  });

  test('the error says what a person can do about a message of a newer program, and shows only its beginning', () => {
    const type = 'x'.repeat(60_000);
    const text = `message.type: "${'x'.repeat(40)}" is not of protocol ${PROTOCOL_VERSION}: update the older program`;
    expect(() => HEAR.client({ type })).toThrow(new ProtocolError(text));
    expect(() => HEAR.server({ type })).toThrow(new ProtocolError(text));
  });

  test('a message is not changed by a key that names a prototype', () => {
    const bytes = Buffer.from(packr.pack({ type: 'ping', xxxxxxxxx: { scanning: 1 } }));
    bytes.set(Buffer.from('__proto__'), bytes.indexOf('xxxxxxxxx'));
    expect(() => decodeClientMessage(bytes)).toThrow(ProtocolError);
    expect(({} as Raw).scanning).toBeUndefined();
  });

  test("an error repeats only the beginning of a peer's own words", () => {
    const extra = 'x'.repeat(60_000);
    let text = '';
    try {
      HEAR.client({ type: 'ping', [extra]: 1 });
    } catch (error) {
      text = (error as Error).message;
    }
    expect(text).toMatch(/^message\.x{40}: unknown field$/);
  });

  test('random values in random fields throw nothing but a ProtocolError', () => {
    const value = fc.anything({ maxDepth: 2, withNullPrototype: false });
    fc.assert(
      fc.property(fc.constantFrom(...ROWS), fc.nat(), value, ({ side, sample }, at, random) => {
        const names = Object.keys(sample);
        const check = side === 'client' ? checkClientMessage : checkServerMessage;
        try {
          check({ ...sample, [names[at % names.length] as string]: random });
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { seed, numRuns: 3000 },
    );
  });

  test('a rule that is longer than any path is refused, and so is one of which nobody knows where it stands', () => {
    const withRule = (rule: object) => checkServerMessage({ ...sampleOf('rules'), rules: [rule] });
    expect(() => withRule({ line: 'x'.repeat(4096), folder: '', origin: '' })).not.toThrow();
    expect(() => withRule({ line: 'x'.repeat(4097), folder: '', origin: '' })).toThrow(ProtocolError);
    expect(() => withRule({ line: 'x', folder: '' })).toThrow(ProtocolError);
  });

  test('a rule that begins at no folder that there could be is refused', () => {
    const at = (folder: unknown) => () =>
      checkServerMessage({ ...sampleOf('rules'), rules: [{ line: 'x', folder, origin: '' }] });
    expect(at('films/a b')).not.toThrow();
    for (const folder of [undefined, 1, '/films', 'films/', '../films', 'a//b', '.lanmirror', 'a\0'])
      expect(at(folder)).toThrow(ProtocolError);
  });

  test('random values in random places of an entry or a fetch item throw nothing but a ProtocolError', () => {
    const value = fc.oneof(fc.anything({ maxDepth: 2 }), fc.constant({ toString: 1, valueOf: 1 }));
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 9, maxLength: 11 }),
        fc.array(value, { maxLength: 4 }),
        (tuple, items) => {
          for (const check of [
            () => checkServerMessage({ ...sampleOf('changes'), entries: [tuple] }),
            () => checkServerMessage({ ...sampleOf('changes'), removed: items }),
            () => checkClientMessage({ ...sampleOf('fetch'), items }),
          ]) {
            try {
              check();
            } catch (error) {
              expect(error).toBeInstanceOf(ProtocolError);
            }
          }
        },
      ),
      { seed, numRuns: 3000 },
    );
  });
});
