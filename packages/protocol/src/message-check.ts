/**
 * The customs office: what came from the wire is either exactly a message of the protocol or an
 * error. Unknown types, missing, extra or out-of-range fields are all refused.
 */
import { type Cursor, type EntryKind, ROOT_ID, type SourceEntry } from './entry.ts';
import {
  BLOCK_DIGEST_BYTES,
  MAX_CHANGES,
  MAX_DIGESTS_BYTES,
  MAX_FETCH_ITEMS,
  MAX_LINK_BYTES,
  MAX_LIST_FOLDERS,
  MAX_LISTED,
  MAX_MARKS,
  MAX_PROBLEMS,
  MAX_RULE_LINE,
  MAX_RULES,
  MAX_TEXT,
} from './limit.ts';
import type {
  ClientMessage,
  Fetch,
  FetchItem,
  ListedChild,
  ListedFolder,
  Removal,
  Rule,
  ServerMessage,
  SourceProblem,
} from './message.ts';
import { checkName, checkPath, isReservedAtTop, MAX_PATH_BYTES, utf8Length } from './path.ts';
import { ProtocolError } from './protocol-error.ts';
import { PROTOCOL_VERSION } from './version.ts';
import { fromWire, toWire } from './wire-entry.ts';

type Check<T> = (value: unknown, field: string) => T;
type Shape<T> = { readonly [K in keyof T]-?: Check<T[K]> };

/** Characters of a peer's own words that an error repeats. */
const MAX_SHOWN = 40;

function refuse(field: string, what: string): never {
  throw new ProtocolError(`${field}: ${what}`);
}

const integer =
  (min: number, max: number = Number.MAX_SAFE_INTEGER): Check<number> =>
  (value, field) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
      ? value
      : refuse(field, `not a whole number from ${min} to ${max}`);

const count = integer(0);
const positive = integer(1);

const text =
  (max: number): Check<string> =>
  (value, field) =>
    typeof value === 'string' && value.length <= max ? value : refuse(field, `not text of at most ${max}`);

const label = text(MAX_TEXT);

/** '' is the top. */
const folder: Check<string> = (value, field) => {
  if (value === '' || (typeof value === 'string' && checkPath(value) === undefined)) return value;
  return refuse(field, 'not the path of a folder');
};

const flag: Check<boolean> = (value, field) =>
  typeof value === 'boolean' ? value : refuse(field, 'not true or false');

const oneOf =
  <T extends string>(...allowed: readonly T[]): Check<T> =>
  (value, field) =>
    allowed.find((one) => one === value) ?? refuse(field, `not one of ${allowed.join(', ')}`);

const hash: Check<Uint8Array> = (value, field) =>
  // A copy: the decoder's is a view that would keep the whole message alive.
  value instanceof Uint8Array && value.length === 32
    ? new Uint8Array(value)
    : refuse(field, 'not a 32-byte hash');

const FINGERPRINT_CODE = /^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/;

const fingerprintCode: Check<string> = (value, field) =>
  typeof value === 'string' && FINGERPRINT_CODE.test(value) ? value : refuse(field, 'not a fingerprint');

const fingerprintCodeOrNone: Check<string> = (value, field) =>
  value === '' ? '' : fingerprintCode(value, field);

const orNull =
  <T>(check: Check<T>): Check<T | null> =>
  (value, field) =>
    value === null ? null : check(value, field);

const list =
  <T>(max: number, check: Check<T>): Check<readonly T[]> =>
  (value, field) => {
    if (!Array.isArray(value) || value.length > max) return refuse(field, `not a list of at most ${max}`);
    return value.map((item, at) => check(item, `${field}[${at}]`));
  };

function shape<T extends object>(fields: Shape<T>): Check<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return (value, field) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return refuse(field, 'not a map');
    const given = value as Record<string, unknown>;
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(fields, name))
        return refuse(`${field}.${name.slice(0, MAX_SHOWN)}`, 'unknown field');
    }
    const checked: Partial<T> = {};
    for (const name of names) checked[name] = fields[name](given[name], `${field}.${name}`);
    return checked as T;
  };
}

const cursorFields = shape<Cursor>({ indexId: text(64), generation: count, sequence: count, told: count });

const cursor: Check<Cursor> = (value, field) => {
  const checked = cursorFields(value, field);
  if (checked.told < checked.sequence) return refuse(field, 'less was told than is complete');
  return checked;
};

const fetchItemFields = shape<FetchItem>({
  id: positive,
  version: count,
  offset: count,
  hash: orNull(hash),
  baseBytes: count,
});

const fetchItem: Check<FetchItem> = (value, field) => {
  const item = fetchItemFields(value, field);
  if ((item.hash === null) !== (item.offset === 0))
    return refuse(field, 'offset and hash do not belong together');
  if (item.baseBytes > 0 && item.offset !== 0 && item.offset !== item.baseBytes)
    return refuse(field, 'a part is offered of what has a block list');
  return item;
};

const fetchFields = shape<Fetch>({
  type: oneOf('fetch'),
  request: integer(0, 0xffffffff),
  items: list(MAX_FETCH_ITEMS, fetchItem),
});

/** A block list belongs to the only item of its fetch. */
const fetch: Check<Fetch> = (value, field) => {
  const checked = fetchFields(value, field);
  if (checked.items.length > 1 && checked.items.some(({ baseBytes }) => baseBytes > 0))
    return refuse(`${field}.items`, 'a block list beside other items');
  return checked;
};

const digests: Check<Uint8Array> = (value, field) =>
  value instanceof Uint8Array &&
  value.length > 0 &&
  value.length <= MAX_DIGESTS_BYTES &&
  value.length % BLOCK_DIGEST_BYTES === 0
    ? new Uint8Array(value)
    : refuse(field, `not 1 to ${MAX_DIGESTS_BYTES / BLOCK_DIGEST_BYTES} digests`);

const linkText = text(MAX_LINK_BYTES);

const linkTarget: Check<string> = (value, field) => {
  const target = linkText(value, field);
  if (target.includes('\0') || utf8Length(target) > MAX_LINK_BYTES) return refuse(field, 'not a link target');
  return target;
};

const kindOfEntry = oneOf<EntryKind>('directory', 'file', 'link');
const nameOfEntry = text(255);
const time = integer(-Number.MAX_SAFE_INTEGER);
const permissionBits = integer(0, 0o777);

/**
 * The fields of an entry. In one piece, unlike a `shape`: a feed has one for every node, and objects that are put
 * together by name or merged are slow to make and to read.
 */
function entryFields(value: unknown, field: string): SourceEntry {
  const given = fromWire(value) ?? refuse(field, 'not a map');
  const fields = {
    id: positive(given.id, `${field}.id`),
    parentId: count(given.parentId, `${field}.parentId`),
    name: nameOfEntry(given.name, `${field}.name`),
    kind: kindOfEntry(given.kind, `${field}.kind`),
    sequence: count(given.sequence, `${field}.sequence`),
    version: count(given.version, `${field}.version`),
    sizeBytes: count(given.sizeBytes, `${field}.sizeBytes`),
    mtimeUs: time(given.mtimeUs, `${field}.mtimeUs`),
    mode: permissionBits(given.mode, `${field}.mode`),
    linkTarget: linkTarget(given.linkTarget, `${field}.linkTarget`),
  };
  const isOpaque = flag(given.isOpaque, `${field}.isOpaque`);
  const isExcluded = flag(given.isExcluded, `${field}.isExcluded`);
  if (!isOpaque && !isExcluded) return fields;
  return { ...fields, ...(isOpaque && { isOpaque }), ...(isExcluded && { isExcluded }) };
}

/** An entry is a name in a folder, and a name obeys the path rule; only the root has none. */
const entry: Check<SourceEntry> = (value, field) => {
  const checked = entryFields(value, field);
  if (checked.id === ROOT_ID) {
    if (checked.parentId !== 0 || checked.name !== '' || checked.kind !== 'directory')
      return refuse(field, 'not a root');
    return checked;
  }
  if (checked.parentId === 0 || checked.parentId === checked.id) return refuse(field, 'no parent');
  const fault = checkName(checked.name);
  if (fault !== undefined) return refuse(`${field}.name`, fault);
  if (checked.parentId === ROOT_ID && isReservedAtTop(checked.name))
    return refuse(`${field}.name`, 'reserved');
  if ((checked.kind === 'link') !== (checked.linkTarget !== ''))
    return refuse(field, 'a link has a target, others none');
  return checked;
};

const listedChild: Check<ListedChild> = (value, field) => {
  if (!Array.isArray(value) || value.length !== 3) return refuse(field, 'not three values');
  const checked: ListedChild = {
    entry: entry(value[0], `${field}.entry`),
    digest: orNull(hash)(value[1], `${field}.digest`),
    unknown: count(value[2], `${field}.unknown`),
  };
  const { kind } = checked.entry;
  const isFitting = kind === 'file' ? checked.unknown <= 1 : kind === 'directory' || checked.unknown === 0;
  if (!isFitting || (kind === 'directory' && checked.digest === null))
    return refuse(field, 'a digest of another kind of entry');
  return checked;
};

/** What is listed of a folder is in that folder. */
const listedFolder: Check<ListedFolder> = (value, field) => {
  const folder = shape<ListedFolder>({
    id: positive,
    isThere: flag,
    isWhole: flag,
    children: list(MAX_LISTED, listedChild),
  })(value, field);
  if (folder.children.some(({ entry: { parentId } }) => parentId !== folder.id))
    return refuse(field, 'a child of another folder');
  if (folder.children.length === 0 ? !folder.isWhole : !folder.isThere)
    return refuse(field, 'neither whole nor with children, or with children of nothing');
  return folder;
};

/** Why every client would refuse a message with this entry, which must never be sent then; undefined when none does. */
export function entryFault(value: SourceEntry): string | undefined {
  try {
    entry(toWire(value), 'entry');
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
}

const CLIENT_CHECKS: { readonly [T in ClientMessage['type']]: Check<Extract<ClientMessage, { type: T }>> } = {
  hello: shape({
    type: oneOf('hello'),
    protocol: count,
    program: label,
    name: label,
    share: label,
    root: text(4096),
    cursor: orNull(cursor),
  }),
  attach: shape({ type: oneOf('attach'), protocol: count, session: text(64) }),
  fetch,
  blocks: shape({ type: oneOf('blocks'), request: integer(0, 0xffffffff), digests }),
  cancel: shape({ type: oneOf('cancel'), request: integer(0, 0xffffffff) }),
  applied: shape({
    type: oneOf('applied'),
    sequence: count,
    problems: count,
    code: fingerprintCodeOrNone,
    unknown: count,
  }),
  drain: shape({ type: oneOf('drain'), request: integer(0, 0xffffffff) }),
  list: shape({
    type: oneOf('list'),
    request: integer(0, 0xffffffff),
    folders: list(MAX_LIST_FOLDERS, positive),
    after: text(255),
  }),
  ping: shape({ type: oneOf('ping') }),
  pong: shape({ type: oneOf('pong') }),
};

const SERVER_CHECKS: { readonly [T in ServerMessage['type']]: Check<Extract<ServerMessage, { type: T }>> } = {
  welcome: shape({
    type: oneOf('welcome'),
    protocol: count,
    program: label,
    name: label,
    session: text(64),
    indexId: text(64),
    generation: count,
    feed: oneOf('continue', 'walk', 'snapshot'),
    reason: label,
    rootId: positive,
    rootPath: text(8192),
    shareMarks: list(MAX_MARKS, text(64)),
    outerMarks: list(MAX_MARKS, text(64)),
  }),
  attached: shape({ type: oneOf('attached') }),
  rules: shape({
    type: oneOf('rules'),
    path: text(MAX_PATH_BYTES),
    ignoresCase: flag,
    rules: list(MAX_RULES, shape<Rule>({ line: text(MAX_RULE_LINE), folder, origin: label })),
    last: flag,
  }),
  changes: shape({
    type: oneOf('changes'),
    after: count,
    upTo: count,
    head: flag,
    entries: list(MAX_CHANGES, entry),
    removed: list(MAX_CHANGES, shape<Removal>({ id: positive, sequence: count })),
  }),
  state: shape({
    type: oneOf('state'),
    scanning: flag,
    halt: label,
    problemCount: count,
    unreadCount: count,
    problems: list(MAX_PROBLEMS, shape<SourceProblem>({ path: text(8192), code: label })),
  }),
  fingerprint: shape({
    type: oneOf('fingerprint'),
    sequence: count,
    code: fingerprintCode,
    unknown: count,
  }),
  drained: shape({ type: oneOf('drained'), request: integer(0, 0xffffffff), sequence: count }),
  listed: shape({
    type: oneOf('listed'),
    request: integer(0, 0xffffffff),
    sequence: count,
    folders: list(MAX_LIST_FOLDERS, listedFolder),
  }),
  refuse: shape({ type: oneOf('refuse'), code: label, message: label }),
  ping: shape({ type: oneOf('ping') }),
  pong: shape({ type: oneOf('pong') }),
};

/** A client's message, or ProtocolError. */
export function checkClientMessage(value: unknown): ClientMessage {
  return checkerFor(CLIENT_CHECKS, value)(value, 'message') as ClientMessage;
}

/** A server's message, or ProtocolError. */
export function checkServerMessage(value: unknown): ServerMessage {
  return checkerFor(SERVER_CHECKS, value)(value, 'message') as ServerMessage;
}

function checkerFor(checks: Readonly<Record<string, Check<unknown>>>, value: unknown): Check<unknown> {
  const type = (value as { type?: unknown } | null | undefined)?.type;
  const check = typeof type === 'string' && Object.hasOwn(checks, type) ? checks[type] : undefined;
  return (
    check ??
    refuse('message.type', `${shown(type)} is not of protocol ${PROTOCOL_VERSION}: update the older program`)
  );
}

function shown(type: unknown): string {
  return typeof type === 'string' ? JSON.stringify(type.slice(0, MAX_SHOWN)) : 'what was sent';
}
