/**
 * Puts a server together: a share behind a port.
 *
 * Starting: the index opened, the port bound, the watcher set and the scan begun. Stopping: no new connection,
 * sessions closed, the share's work finished.
 */
import type { Bandwidth } from '@lanmirror/engine/core';
import { ContentTurns, openShare, RefusalLog, type Share, type ShareOptions } from '@lanmirror/engine/source';
import { systemClock } from '@lanmirror/engine/wire';
import { listen } from './transport/listener.ts';

export interface ServerOptions extends Omit<ShareOptions, 'turns'> {
  readonly host: string;
  readonly port: number;
  readonly key: Uint8Array;
  /** What all clients together may be sent of contents, as it is set at this moment. */
  bandwidth(): Bandwidth;
}

export interface RunningServer {
  readonly port: number;
  readonly share: Share;
  /** Bytes of contents a second that are allowed now; Infinity for no limit. */
  readonly bytesPerSecond: number;
  stop(): Promise<void>;
}

/** Starts a server. Rejects when the port or the index cannot be had; nothing stays open then. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, key, note } = options;
  const turns = new ContentTurns(systemClock, () => options.bandwidth());
  const share = await openShare({ ...options, turns });
  const refusals = new RefusalLog(systemClock, (text) => note('warn', text));
  try {
    const listener = await listen({
      ...{ host, port, key },
      connected: (connection) => share.welcome(connection),
      refused: (peer, why) => refusals.tell(peer, why),
    });
    share.start();
    return {
      port: listener.port,
      share,
      get bytesPerSecond() {
        return turns.bytesPerSecond;
      },
      async stop() {
        await Promise.all([share.stop(), listener.close()]);
      },
    };
  } catch (error) {
    await share.stop();
    throw error;
  }
}
