/**
 * One end of a plain TCP connection, as a program: `send FILE HOST` gives the file to everybody who calls,
 * `receive FILE HOST PORT` calls, writes it and ends.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { pipeline } from 'node:stream/promises';

const CHUNK = 1 << 20;
const [verb, file = '', host = '', port = ''] = process.argv.slice(2);

if (verb === 'send') {
  const server = createServer((socket) => {
    pipeline(createReadStream(file, { highWaterMark: CHUNK }), socket).catch((error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    });
  });
  server.listen(0, host, () => {
    const address = server.address();
    console.log(`listening on ${typeof address === 'object' ? address?.port : address}`);
  });
} else {
  const socket = createConnection({ host, port: Number(port) });
  await pipeline(socket, createWriteStream(file, { highWaterMark: CHUNK }));
}
