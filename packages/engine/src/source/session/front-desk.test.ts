import {
  CLOSE_CODES,
  type Connection,
  type ConnectionListener,
  decodeServerMessage,
} from '@lanmirror/protocol';
import { expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../../tests/simulation/scheduler.ts';
import { FrontDesk } from './front-desk.ts';

/** What a client of a later state of the protocol may say. */
const UNHEARD_OF = Uint8Array.from([0x81, 0xa4, ...Buffer.from('type'), 0xa6, ...Buffer.from('ponder')]);

test('a message that this protocol does not have is refused with bad-message, and the log names it', () => {
  const scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  const lines: string[] = [];
  const clock = new ProcessClock(scheduler);
  const note = (level: string, text: string) => lines.push(`${level}: ${text}`);
  const desk = new FrontDesk({ clock, note, share: () => ({ code: 'no-such-share', text: 'none' }) });
  const sent: Uint8Array[] = [];
  const codes: number[] = [];
  let listener: ConnectionListener | undefined;
  const connection: Connection = {
    peer: '192.0.2.7:1',
    listen: (one) => {
      listener = one;
    },
    send: (bytes) => sent.push(bytes),
    bufferedBytes: () => 0,
    receivedBytes: () => 0,
    pause: () => undefined,
    resume: () => undefined,
    close: (code) => codes.push(code),
  };
  desk.welcome(connection);
  listener?.message(UNHEARD_OF);
  const message = 'message.type: "ponder" is not of protocol 1: update the older program';
  expect(sent.map(decodeServerMessage)).toEqual([{ type: 'refuse', code: 'bad-message', message }]);
  expect(codes).toEqual([CLOSE_CODES['bad-message']]);
  expect(lines).toEqual([`warn: Refused 192.0.2.7: it does not speak the protocol: ${message}`]);
});
