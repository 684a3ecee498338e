/**
 * Control messages to bytes and back. MessagePack with plain maps, no extensions, no records.
 */
import { Packr, Unpackr } from 'msgpackr';
import { MAX_CONTROL_BYTES } from './limit.ts';
import type { ClientMessage, ListedChild, ServerMessage } from './message.ts';
import { checkClientMessage, checkServerMessage } from './message-check.ts';
import { ProtocolError } from './protocol-error.ts';
import { toWire } from './wire-entry.ts';

const OPTIONS = { useRecords: false, variableMapSize: true, int64AsType: 'number' } as const;
const packr = new Packr(OPTIONS);
// References would let a few hundred bytes stand for gigabytes.
const unpackr = new Unpackr({ ...OPTIONS, mapsAsObjects: true, structuredClone: false });

/** Bytes of a control message. Throws ProtocolError when it is over MAX_CONTROL_BYTES. */
export function encodeMessage(message: ClientMessage | ServerMessage): Uint8Array {
  const bytes = packr.pack(wireForm(message));
  if (bytes.length > MAX_CONTROL_BYTES) {
    throw new ProtocolError(`a ${message.type} message of ${bytes.length} bytes is over the limit`);
  }
  return bytes;
}

function wireForm(message: ClientMessage | ServerMessage): unknown {
  if (message.type === 'changes') return { ...message, entries: message.entries.map(toWire) };
  if (message.type !== 'listed') return message;
  const childToWire = ({ entry, digest, unknown }: ListedChild) => [toWire(entry), digest, unknown];
  const folders = message.folders.map((one) => ({ ...one, children: one.children.map(childToWire) }));
  return { ...message, folders };
}

/** What a client sent. Throws ProtocolError, naming the field, for anything not of the protocol. */
export function decodeClientMessage(bytes: Uint8Array): ClientMessage {
  return checkClientMessage(unpack(bytes));
}

/** What a server sent. Throws ProtocolError, naming the field, for anything not of the protocol. */
export function decodeServerMessage(bytes: Uint8Array): ServerMessage {
  return checkServerMessage(unpack(bytes));
}

function unpack(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_CONTROL_BYTES) throw new ProtocolError('control message over the limit');
  try {
    return unpackr.unpack(bytes);
  } catch (cause) {
    throw new ProtocolError('not a MessagePack message', { cause });
  }
}
