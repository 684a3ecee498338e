/**
 * Puts a server together: a share behind a port.
 *
 * Starting: the index opened, the port bound, the watcher set and the scan begun. Stopping: no new connection,
 * sessions closed, the share's work finished.
 */
import { openShare, RefusalLog, type Share, type ShareOptions } from '@lanmirror/engine/source';
import { systemClock } from '@lanmirror/engine/wire';
import { listen } from './transport/listener.ts';

export interface ServerOptions extends ShareOptions {
  readonly host: string;
  readonly port: number;
  readonly key: Uint8Array;
}

export interface RunningServer {
  readonly port: number;
  readonly share: Share;
  stop(): Promise<void>;
}

/** Starts a server. Rejects when the port or the index cannot be had; nothing stays open then. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, key, note } = options;
  const share = await openShare(options);
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
      async stop() {
        await Promise.all([share.stop(), listener.close()]);
      },
    };
  } catch (error) {
    await share.stop();
    throw error;
  }
}
