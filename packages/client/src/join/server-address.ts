/** `HOST[:PORT]` as a person writes it. Pure. */
import { UserError } from '@lanmirror/engine/host';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

export const DEFAULT_PORT = 8080;

/**
 * Reads `nas`, `nas:8090`, `192.168.1.5:8080`, `fe80::1` or `[fe80::1]:8080`.
 * @throws UserError for anything else
 */
export function parseServerAddress(text: string): ServerAddress {
  const bracketed = /^\[([0-9A-Fa-f:.%\w]+)\](?::(\d+))?$/.exec(text);
  if (bracketed !== null) return checked(text, bracketed[1] ?? '', bracketed[2]);
  // More than one colon without brackets is an IPv6 address, and has no port.
  if (/^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%\w+)?$/.test(text)) return checked(text, text, undefined);
  const plain = /^([A-Za-z0-9._-]+)(?::(\d+))?$/.exec(text);
  if (plain === null) throw refusal(text);
  return checked(text, plain[1] ?? '', plain[2]);
}

function checked(text: string, host: string, portText: string | undefined): ServerAddress {
  const port = portText === undefined ? DEFAULT_PORT : Number(portText);
  if (host === '' || port < 1 || port > 65_535) throw refusal(text);
  return { host, port };
}

function refusal(text: string): UserError {
  return new UserError(
    'BAD_ADDRESS',
    `"${text}" is not the address of a server.`,
    'Write HOST or HOST:PORT, like 192.168.1.5:8080; the server prints it when it starts.',
  );
}
