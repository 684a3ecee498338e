/**
 * Control messages to bytes and back. MessagePack with plain maps, no extensions, no records.
 */
import { Packr, Unpackr } from 'msgpackr';
import { MAX_CONTROL_BYTES } from './limit.ts';
import type { ClientMessage, ServerMessage } from './message.ts';
import { checkClientMessage, checkServerMessage } from './message-check.ts';
import { ProtocolError } from './protocol-error.ts';
import { toWire } from './wire-entry.ts';

const OPTIONS = { useRecords: false, variableMapSize: true, int64AsType: 'number' } as const;
const packr = new Packr(OPTIONS);
// References would let a few hundred bytes stand for gigabytes.
const unpackr = new Unpackr({ ...OPTIONS, mapsAsObjects: true, structuredClone: false });

/** Bytes of a control message. Throws ProtocolError when it is over MAX_CONTROL_BYTES. */
export function encodeMessage(message: ClientMessage | ServerMessage): Uint8Array {
  const wire = message.type === 'changes' ? { ...message, entries: message.entries.map(toWire) } : message;
  const bytes = packr.pack(wire);
  if (bytes.length > MAX_CONTROL_BYTES) {
    throw new ProtocolError(`a ${message.type} message of ${bytes.length} bytes is over the limit`);
  }
  return bytes;
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
