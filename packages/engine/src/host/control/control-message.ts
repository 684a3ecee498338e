/**
 * What is said between a command and the running program it asks: one JSON object a line. The command
 * sends one request; the program answers with any number of lines and records, and one end or error.
 */
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { LogLevel } from '../log.ts';

/** A flag of the command, as the user gave it. */
export type ControlFlag = string | number | boolean;

export interface ControlRequest {
  readonly verb: string;
  readonly flags: Readonly<Record<string, ControlFlag>>;
}

export type ControlReply =
  /** A line for a person, while the work goes on. */
  | { readonly kind: 'line'; readonly level: LogLevel; readonly text: string }
  /** One record of an answer that may be long. */
  | { readonly kind: 'record'; readonly value: unknown }
  /** The last reply of what was done; `exit` is what the command ends with. */
  | { readonly kind: 'end'; readonly exit: ExitCode; readonly result: unknown }
  /** The last reply of what was not done. */
  | {
      readonly kind: 'error';
      readonly code: string;
      readonly message: string;
      readonly next: string;
      readonly exit: ExitCode;
    };

/** Bytes of a request: a verb and its flags, of which a path may be 4,096 bytes long. */
export const MAX_REQUEST_BYTES = 65_536;
/** Bytes of one reply: a list that may be longer goes in records. */
export const MAX_REPLY_BYTES = 8 << 20;

const LEVELS: ReadonlySet<unknown> = new Set<LogLevel>(['error', 'warn', 'info', 'debug']);
const EXITS: ReadonlySet<unknown> = new Set(Object.values(EXIT));

/** The request in a line; undefined for anything else. */
export function parseRequest(line: string): ControlRequest | undefined {
  const value = parseObject(line);
  if (value === undefined || typeof value.verb !== 'string' || !isRecord(value.flags)) return undefined;
  const isPlain = Object.values(value.flags).every((flag) =>
    ['string', 'number', 'boolean'].includes(typeof flag),
  );
  return isPlain
    ? { verb: value.verb, flags: value.flags as Readonly<Record<string, ControlFlag>> }
    : undefined;
}

/** The reply in a line; undefined for anything else. */
export function parseReply(line: string): ControlReply | undefined {
  const value = parseObject(line);
  switch (value?.kind) {
    case 'line':
      return LEVELS.has(value.level) && typeof value.text === 'string' ? (value as never) : undefined;
    case 'record':
      return { kind: 'record', value: value.value };
    case 'end':
      return EXITS.has(value.exit) ? (value as never) : undefined;
    case 'error': {
      const isText = [value.code, value.message, value.next].every((text) => typeof text === 'string');
      return isText && EXITS.has(value.exit) ? (value as never) : undefined;
    }
    default:
      return undefined;
  }
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    // What is no JSON is no message either; the caller says so.
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
