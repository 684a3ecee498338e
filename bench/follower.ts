/**
 * Many mirrors in one process, as a program: `HOST PORT KEYFILE COUNT`. Each is a session that follows the feed and
 * keeps nothing. Prints `ready` when all are at the head; `seen NAME TIME` for each session that is told of an entry
 * called `event-...`, with milliseconds of the machine's monotonic clock; and `all NAME` behind the last of them.
 */
import { readFileSync } from 'node:fs';
import { parseKey } from '@lanmirror/engine/host';
import { systemClock } from '@lanmirror/engine/wire';
import type { Changes } from '@lanmirror/protocol';
import { dial } from '../packages/client/src/session/dial.ts';
import { openLink } from '../packages/client/src/session/link.ts';

const [host = '', port = '', keyFile = '', count = ''] = process.argv.slice(2);
const key = parseKey(readFileSync(keyFile, 'utf8'), keyFile);
const EVENT = /^event-/;
/** How many sessions have been told of each. */
const seen = new Map<string, number>();

function note(name: string, now: number): void {
  const times = (seen.get(name) ?? 0) + 1;
  seen.set(name, times);
  console.log(`seen ${name} ${now}`);
  if (times === Number(count)) console.log(`all ${name}`);
}

/** Resolves when the session is at the head for the first time. */
async function follow(number: number): Promise<void> {
  const start = { program: 'bench', name: `follower ${number}`, share: '', root: '', cursor: null };
  let told: (() => void) | undefined;
  const atHead = new Promise<void>((resolve) => {
    told = resolve;
  });
  const listener = {
    rules: () => undefined,
    changes: ({ entries, head }: Changes): void => {
      const now = Number(process.hrtime.bigint()) / 1e6;
      for (const { name } of entries) if (EVENT.test(name)) note(name, now);
      if (head) told?.();
    },
    state: () => undefined,
    fingerprint: () => undefined,
    closed: (why: string): void => {
      console.error(`session ${number} ended: ${why}`);
      process.exit(1);
    },
  };
  const link = await openLink(
    () => dial({ host, port: Number(port), key, keyName: 'default' }),
    start,
    listener,
    systemClock,
  );
  link.begin();
  await atHead;
}

for (let number = 0; number < Number(count); number += 1) await follow(number);
console.log('ready');
