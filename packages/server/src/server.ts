/**
 * Puts a server together: shares behind one port.
 *
 * Starting: each index opened, the port bound, the watchers set and the scans begun. Stopping: no new connection,
 * sessions closed, the work of the shares finished. A share that cannot be had is tried again while the others are
 * served; a server of which no share can be had does not start.
 */
import { chooseShare } from '@lanmirror/engine/core';
import {
  type ContentTurns,
  FrontDesk,
  type Refusal,
  RefusalLog,
  type ShareDesk,
} from '@lanmirror/engine/source';
import { systemClock } from '@lanmirror/engine/wire';
import type { KeyRing } from './key/key-ring.ts';
import type { Publication } from './share/publication.ts';
import { listen } from './transport/listener.ts';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly keys: Pick<KeyRing, 'keyOf'>;
  readonly publications: readonly Publication[];
  /** In which all of them send contents. */
  readonly turns: ContentTurns;
  note(level: 'info' | 'warn' | 'debug', text: string): void;
}

export interface RunningServer {
  readonly port: number;
  readonly publications: readonly Publication[];
  /** Bytes of contents a second that are allowed now; Infinity for no limit. */
  readonly bytesPerSecond: number;
  /** Ends what was begun with a key that is none any more. */
  endKey(name: string): void;
  stop(): Promise<void>;
}

/** Starts a server. Rejects when the port cannot be had, or not one of the shares; nothing stays open then. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, keys, publications, turns, note } = options;
  const warn = (text: string): void => note('warn', text);
  const frontDesk = new FrontDesk({ clock: systemClock, note, share: shareFinder(publications, keys) });
  const refusals = new RefusalLog(systemClock, warn);
  try {
    await openSome(publications);
    const listener = await listen({
      ...{ host, port, keyOf: (name) => keys.keyOf(name) },
      connected: (connection, keyName) => frontDesk.welcome(connection, keyName),
      refused: (peer, why) => refusals.tell(peer, why),
    });
    for (const publication of publications) publication.start();
    return {
      port: listener.port,
      publications,
      get bytesPerSecond() {
        return turns.bytesPerSecond;
      },
      endKey: (name) => frontDesk.endKey(name),
      async stop() {
        await Promise.all([...publications.map((one) => one.stop()), listener.close()]);
      },
    };
  } catch (error) {
    await Promise.all(publications.map((one) => one.stop()));
    throw error;
  }
}

/** Opens what can be opened. Rejects with the first fault when nothing can. */
async function openSome(publications: readonly Publication[]): Promise<void> {
  const opened = await Promise.allSettled(publications.map((one) => one.open()));
  const [first] = opened.filter((one) => one.status === 'rejected');
  if (first !== undefined && opened.every((one) => one.status === 'rejected')) throw first.reason;
}

function shareFinder(
  publications: readonly Publication[],
  keys: ServerOptions['keys'],
): (name: string, keyName: string) => ShareDesk | Refusal {
  const offered = publications.map((publication) => ({
    ...{ name: publication.spec.name, keys: publication.spec.keys, publication },
  }));
  return (name, keyName) => {
    // It was removed since the connection proved it.
    if (keys.keyOf(keyName) === undefined) return { code: 'no-such-share', text: 'the key is none any more' };
    const choice = chooseShare(offered, name, keyName);
    if ('refusal' in choice) return { code: 'no-such-share', text: choice.refusal };
    const { share, fault } = choice.share.publication;
    if (share !== undefined) return share.desk;
    // It is looked at again, and then the client may come.
    const why = fault === undefined ? '' : `: ${fault.message.replace(/\.$/, '')}`;
    return { code: 'busy', text: `the share cannot be served now${why}` };
  };
}
