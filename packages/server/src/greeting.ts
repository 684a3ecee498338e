/** What a server says when it begins: where it is, what it publishes, and the lines to join it with. */
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { asWord, displayName, keyFileIn, type Log, typedCommand } from '@lanmirror/engine/host';
import { type ShareSpec, shareTitle } from './share/share-spec.ts';

export interface Greeting {
  /** Program and version. */
  readonly program: string;
  readonly bindIP: string;
  readonly port: number;
  /** Those that are served. */
  readonly shares: readonly ShareSpec[];
  /** Where the key stands. */
  readonly keySource: string;
}

export function sayHello({ program, bindIP, port, shares, keySource }: Greeting, log: Log): void {
  const addresses = bindIP === '0.0.0.0' || bindIP === '::' ? lanAddresses() : [bindIP];
  for (const share of shares) {
    const title = share.name === '' ? '' : `${shareTitle(share)} `;
    log.info(`${program} publishes ${title}${displayName(share.monitorDir)}`);
  }
  log.info(`Listening on ${addresses.map((address) => withPort(address, port)).join(', ')}`);
  log.info(shares.length > 1 ? 'On each mirror run one of:' : 'On each mirror run:');
  const at = withPort(addresses[0] ?? '127.0.0.1', port);
  for (const { name } of shares)
    log.info(`  lanmirror-client join ${at} /path/of/mirror${name === '' ? '' : ` --share ${asWord(name)}`}`);
  log.info(`The key is in ${displayName(keySource)} ("${typedCommand('lanmirror-server key')}" prints it).`);
}

/** As it is written in an address bar. */
function withPort(address: string, port: number): string {
  return `${isIPv6(address) ? `[${address}]` : address}:${port}`;
}

/** Addresses that other machines can reach; loopback when there is none. */
function lanAddresses(): string[] {
  const found = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outer = found
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
  return outer.length > 0 ? outer : ['127.0.0.1'];
}

/** Once, and only to a person: never into a log file. */
export function tellNewKey(key: Uint8Array, home: string, log: Log): void {
  if (process.stdout.isTTY) log.info(`A new key was made: ${Buffer.from(key).toString('base64url')}`);
  else log.info(`A new key was made and kept in ${keyFileIn(home)}.`);
}
