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

const ABSENT = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK']);

/**
 * Asks the program that runs on this state folder and waits for the end of its answer.
 *
 * @returns undefined when no program runs there
 * @throws UserError: what the program answered, or that it went away
 */
export async function askProgram(
  stateDir: string,
  verb: string,
  flags: Readonly<Record<string, ControlFlag>>,
  listener: ControlListener,
): Promise<ControlResult | undefined> {
  const address = knownAddress(stateDir);
  const socket = address === undefined ? undefined : await connect(address);
  return socket === undefined ? undefined : converse(socket, { verb, flags }, listener);
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
