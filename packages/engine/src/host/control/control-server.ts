/**
 * The running program's side of the control socket.
 *
 * Owns the socket and the address file; each connection is one command, whose work ends when the command
 * goes away (`signal`). Only the holder of the state folder's lock may serve, so whatever stands at the
 * address is left from a dead program and is replaced. A kill leaves socket and file behind; commands
 * that find nobody there take the program for not running.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { replaceWhole } from '../exclusive-file.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { LogLevel } from '../log.ts';
import { UserError } from '../user-error.ts';
import { addressFileIn, addressFor } from './control-endpoint.ts';
import {
  type ControlFlag,
  type ControlReply,
  type ControlRequest,
  MAX_REQUEST_BYTES,
  parseRequest,
} from './control-message.ts';
import { LineSplitter } from './line-splitter.ts';

const MAX_COMMANDS = 64;

/** One command that is being answered. */
export interface ControlCall {
  readonly flags: Readonly<Record<string, ControlFlag>>;
  /** A line for the person who waits. */
  say(level: LogLevel, text: string): void;
  /** One record of a long answer. Resolves when there is room for the next; rejects when nobody reads any more. */
  give(value: unknown): Promise<void>;
  /** Aborted when the command went away. */
  readonly signal: AbortSignal;
}

export interface ControlResult {
  readonly exit: ExitCode;
  readonly result?: unknown;
}

/** Answers one verb. A UserError becomes the command's error; any other error a fault of the program. */
export type ControlVerb = (call: ControlCall) => Promise<ControlResult>;

export interface ControlServer {
  /** Where it listens. */
  readonly address: string;
  /** Takes no more commands and lets go of those that wait. */
  close(): Promise<void>;
}

/**
 * Listens for commands until closed.
 *
 * @param stateDir state folder whose lock the caller holds
 * @param verbs what can be asked, by name
 * @param failed is told of faults of the program, which the command has been told, too
 * @throws UserError when no socket can be had
 */
export async function serveControl(
  stateDir: string,
  verbs: Readonly<Record<string, ControlVerb>>,
  env: Readonly<Record<string, string | undefined>>,
  failed: (error: unknown) => void,
): Promise<ControlServer> {
  const address = addressFor(stateDir, env);
  const isFile = process.platform !== 'win32';
  if (isFile) rmSync(address, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (sockets.size >= MAX_COMMANDS) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    attend(socket, verbs, failed);
  });
  await listening(server, address);
  // Who connected before this line was of this user: the folder is private.
  if (isFile) chmodSync(address, 0o600);
  try {
    replaceWhole(addressFileIn(stateDir), `${address}\n`);
  } catch (error) {
    server.close();
    throw noAddress(addressFileIn(stateDir), error);
  }
  return {
    address,
    async close() {
      rmSync(addressFileIn(stateDir), { force: true });
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroySoon();
      await closed;
    },
  };
}

function noAddress(file: string, error: unknown): UserError {
  const { code, message } = error as NodeJS.ErrnoException;
  const cause = `${file} cannot be written (${code ?? message}).`;
  return new UserError('CONTROL_FILE', cause, 'See that there is room on its disk, and start again.');
}

function listening(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new UserError(
          'CONTROL_SOCKET',
          `The control socket ${address} cannot be made (${error.code ?? error.message}).`,
          'Set XDG_RUNTIME_DIR to a folder of your own on a local disk.',
        ),
      ),
    );
    server.listen(address, resolve);
  });
}

/** Reads one request and answers it. */
function attend(
  socket: Socket,
  verbs: Readonly<Record<string, ControlVerb>>,
  failed: (error: unknown) => void,
): void {
  const splitter = new LineSplitter(MAX_REQUEST_BYTES);
  const gone = new AbortController();
  let isAsked = false;
  socket.on('close', () => gone.abort());
  // A command that was killed is no fault of this program; `close` follows.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    if (isAsked) return;
    let line: string | undefined;
    try {
      [line] = splitter.push(chunk);
    } catch {
      return finish(socket, refusal('The request is too long.'));
    }
    if (line === undefined) return;
    isAsked = true;
    const request = parseRequest(line);
    if (request === undefined) return finish(socket, refusal('This is no request.'));
    void answer(socket, verbs, request, gone.signal, failed);
  });
}

async function answer(
  socket: Socket,
  verbs: Readonly<Record<string, ControlVerb>>,
  request: ControlRequest,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): Promise<void> {
  const verb = Object.hasOwn(verbs, request.verb) ? verbs[request.verb] : undefined;
  if (verb === undefined)
    return finish(socket, refusal(`The running program does not know "${request.verb}".`));
  const call: ControlCall = {
    flags: request.flags,
    signal,
    say: (level, text) => void send(socket, { kind: 'line', level, text }),
    give: async (value) => {
      if (signal.aborted) throw new Error('the command went away');
      if (!send(socket, { kind: 'record', value })) await drained(socket);
    },
  };
  try {
    const { exit, result } = await verb(call);
    finish(socket, { kind: 'end', exit, result: result ?? null });
  } catch (error) {
    if (signal.aborted) return;
    finish(socket, errorReply(error));
    if (!(error instanceof UserError)) failed(error);
  }
}

function errorReply(error: unknown): ControlReply {
  if (error instanceof UserError) {
    const { code, message, nextStep, exitCode } = error;
    return { kind: 'error', code, message, next: nextStep, exit: exitCode };
  }
  const message = `The running program met a fault of its own: ${String(error)}`;
  return { kind: 'error', code: 'INTERNAL', message, next: '', exit: EXIT.someFailed };
}

function refusal(message: string): ControlReply {
  const next = 'Do the command and the running program have the same version?';
  return { kind: 'error', code: 'BAD_REQUEST', message, next, exit: EXIT.usage };
}

/** False when the reader is slow. */
function send(socket: Socket, reply: ControlReply): boolean {
  return !socket.writable || socket.write(`${JSON.stringify(reply)}\n`);
}

function finish(socket: Socket, reply: ControlReply): void {
  if (socket.writable) socket.end(`${JSON.stringify(reply)}\n`);
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
    if (socket.destroyed) done();
  });
}
