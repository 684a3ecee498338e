/** How a server is called in messages. */
import type { Configuration } from '@lanmirror/engine/host';

/** `nas:8080`; an IPv6 address stands in brackets, so that its port cannot be taken for a part of it. */
export function hostAndPort(host: string, port: number | string): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The server that is configured. */
export function serverAddress(configuration: Pick<Configuration, 'text'>): string {
  return hostAndPort(configuration.text('ServerIP'), configuration.text('ServerPort'));
}
