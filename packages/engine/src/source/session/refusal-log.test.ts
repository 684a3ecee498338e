import {
  type Connection,
  type ConnectionListener,
  encodeMessage,
  PROTOCOL_VERSION,
} from '@lanmirror/protocol';
import { beforeEach, expect, test } from 'vitest';
import { ProcessClock, Scheduler } from '../../../../../tests/simulation/scheduler.ts';
import { FrontDesk } from './front-desk.ts';
import { RefusalLog } from './refusal-log.ts';

let scheduler: Scheduler;
let clock: ProcessClock;
let lines: string[];
beforeEach(() => {
  scheduler = new Scheduler(1, (error) => {
    throw error;
  });
  clock = new ProcessClock(scheduler);
  lines = [];
});

const makeLog = (): RefusalLog => new RefusalLog(clock, (text) => lines.push(text));

test('an address is named once a minute for a reason, whatever port it comes from', () => {
  const log = makeLog();
  for (let port = 1; port < 100; port += 1) log.tell(`192.0.2.7:${port}`, 'wrong key');
  log.tell('fe80::1:5000', 'wrong key');
  log.tell('192.0.2.7:9', 'not TLS');
  expect(lines).toEqual([
    'Refused 192.0.2.7: wrong key',
    'Refused fe80::1: wrong key',
    'Refused 192.0.2.7: not TLS',
  ]);
  scheduler.jump(60_000);
  log.tell('192.0.2.7:1', 'wrong key');
  expect(lines).toHaveLength(4);
});

test('a thousand addresses are twenty lines a minute', () => {
  const log = makeLog();
  for (let at = 0; at < 1000; at += 1) log.tell(`192.0.2.${at}:1`, 'wrong key');
  expect(lines).toHaveLength(20);
  expect(lines[19]).toContain('Others were refused too');
  scheduler.jump(60_000);
  log.tell('192.0.2.999:1', 'wrong key');
  expect(lines).toHaveLength(21);
});

test('a client of another protocol version is named once for its address and version, however often it comes', () => {
  const note = (level: string, text: string) => lines.push(`${level}: ${text}`);
  const desk = new FrontDesk({ clock, note, share: () => ({ code: 'no-such-share', text: 'none' }) });
  const knock = (peer: string, protocol: number): void => {
    let listener: ConnectionListener | undefined;
    const connection: Connection = {
      peer,
      listen: (one) => {
        listener = one;
      },
      send: () => undefined,
      bufferedBytes: () => 0,
      receivedBytes: () => 0,
      pause: () => undefined,
      resume: () => undefined,
      close: () => undefined,
    };
    desk.welcome(connection);
    const who = { name: 'mirror', program: 'lanmirror-client 9.9', share: '', root: '', cursor: null };
    listener?.message(encodeMessage({ type: 'hello', protocol, ...who }));
  };
  const [newer, newest] = [PROTOCOL_VERSION + 1, PROTOCOL_VERSION + 2];
  for (let at = 0; at < 5; at += 1) {
    knock(`192.0.2.7:${at}`, newer);
    scheduler.jump(3_600_000);
  }
  knock('192.0.2.7:1', newest);
  knock('192.0.2.8:1', newer);
  const line = (address: string, version: number): string =>
    `warn: Refused 192.0.2.${address}: it speaks protocol ${version} (lanmirror-client 9.9), this server ${PROTOCOL_VERSION}: update the older one`;
  expect(lines).toEqual([line('7', newer), line('7', newest), line('8', newer)]);
});
