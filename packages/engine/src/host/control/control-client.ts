/** A command's side of the control socket: asks the program that runs on a state folder. */
import { createConnection, type Socket } from 'node:net';
import { EXIT } from '../exit-code.ts';
import type { LogLevel } from '../log.ts';
import { UserError } from '../user-error.ts';
import { knownAddress } from './control-endpoint.ts';
import {
  type ControlFlag,
  type ControlReply,
  type ControlRequest,
  MAX_REPLY_BYTES,
  parseReply,
} from './control-message.ts';
import type { ControlResult } from './control-server.ts';
import { LineSplitter } from './line-splitter.ts';

export interface ControlListener {
  line(level: LogLevel, text: string): void;
  record(value: unknown): void;
}

/** What a program answers at once, unless it waits for a disk. */
const ANSWERED_AT_ONCE: ReadonlySet<string> = new Set(['status', 'clients', 'settings', 'reload']);
const PATIENCE_MS = 10_000;

const ABSENT = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK']);

/**
 * Asks the program that runs on this state folder and waits for the end of its answer.
 *
 * @returns undefined when no program runs there
 * @param patienceMs how long what is answered at once may take, milliseconds
 * @throws UserError: what the program answered, that it went away, or that it does not answer
 */
export async function askProgram(
  stateDir: string,
  verb: string,
  flags: Readonly<Record<string, ControlFlag>>,
  listener: ControlListener,
  patienceMs = PATIENCE_MS,
): Promise<ControlResult | undefined> {
  const address = knownAddress(stateDir);
  const socket = address === undefined ? undefined : await connect(address);
  if (socket === undefined) return undefined;
  const answer = converse(socket, { verb, flags }, listener);
  return ANSWERED_AT_ONCE.has(verb) ? within(patienceMs, answer, socket) : answer;
}

/** Undefined when nobody is there. */
function connect(address: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(address);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (ABSENT.has(error.code ?? '')) return resolve(undefined);
      reject(
        new UserError(
          'CONTROL_DENIED',
          `The running program cannot be asked at ${address} (${error.code ?? error.message}).`,
          'Use the user that runs it.',
        ),
      );
    });
  });
}

/** A call that a disk does not answer holds up the whole program that made it. */
async function within<T>(patienceMs: number, answer: Promise<T>, socket: Socket): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(silent(patienceMs)), patienceMs);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

function silent(afterMs: number): UserError {
  return new UserError(
    'NO_ANSWER',
    `The program runs, but has not answered for ${Math.round(afterMs / 1000)} s: most likely it waits for a disk that does not answer.`,
    'Look whether its disks and network mounts answer (ls, dmesg); it goes on by itself when they do.',
    EXIT.someFailed,
  );
}

function converse(
  socket: Socket,
  request: ControlRequest,
  listener: ControlListener,
): Promise<ControlResult> {
  return new Promise((resolve, reject) => {
    const splitter = new LineSplitter(MAX_REPLY_BYTES);
    socket.on('data', (chunk) => {
      try {
        for (const line of splitter.push(chunk)) take(line);
      } catch (error) {
        reject(error instanceof UserError ? error : lost(String(error)));
        socket.destroy();
      }
    });
    socket.on('error', (error) => reject(lost(error.message)));
    socket.on('close', () => reject(lost('it stopped')));
    socket.write(`${JSON.stringify(request)}\n`);
    const take = (line: string): void => {
      const reply = parseReply(line);
      if (reply === undefined) throw lost('it said something else');
      if (reply.kind === 'line') return listener.line(reply.level, reply.text);
      if (reply.kind === 'record') return listener.record(reply.value);
      socket.destroy();
      if (reply.kind === 'end') return resolve({ exit: reply.exit, result: reply.result });
      throw errorOf(reply);
    };
  });
}

function errorOf({ code, message, next, exit }: Extract<ControlReply, { kind: 'error' }>): UserError {
  return new UserError(code, message, next, exit);
}

function lost(why: string): UserError {
  return new UserError(
    'CONTROL_LOST',
    `The running program did not answer to the end (${why}).`,
    'Ask again.',
    EXIT.someFailed,
  );
}
