/** Gets the key from a person or a pipe: never from an argument, which every user of the machine can read. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { UserError } from '@lanmirror/engine/host';

/** More than this is no key. */
const MAX_BYTES = 4096;

export interface KeyInput {
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
}

/**
 * The key as text, unchecked. A terminal is asked and shows nothing of what is typed; a pipe is read to
 * its end.
 * @throws UserError when the person leaves, or nothing comes
 */
export async function askKey(input: KeyInput = process): Promise<string> {
  const text = (await (input.stdin.isTTY ? askTerminal(input) : readPipe(input.stdin))).trim();
  if (text !== '') return text;
  throw new UserError(
    'NO_KEY',
    'No key was given.',
    'Print it on the server with "lanmirror-server key", and paste it here, pipe it in, or give --key-file FILE.',
  );
}

function askTerminal({ stdin, stderr }: KeyInput): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: stdin, output: silent, terminal: true });
  stderr.write('Key of the server ("lanmirror-server key" prints it there; what you paste is not shown): ');
  return new Promise((resolve) => {
    // Ctrl-C and Ctrl-D end the question without an answer.
    reader.once('close', () => {
      stderr.write('\n');
      resolve('');
    });
    reader.once('SIGINT', () => reader.close());
    reader.once('line', (line) => {
      resolve(line);
      reader.close();
    });
  });
}

async function readPipe(stdin: NodeJS.ReadStream): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of stdin) {
    parts.push(Buffer.from(part as Buffer));
    bytes += (part as Buffer).length;
    if (bytes > MAX_BYTES) break;
  }
  return Buffer.concat(parts).toString('utf8', 0, MAX_BYTES);
}
