import type { RunningClient } from './client.ts';
import type { ConsoleReport } from './mirror/console-report.ts';
import type { Link } from './session/link.ts';

/**
 * Asks the server to take in everything that has happened by now, as soon as there is a connection, and again
 * after one that broke before the answer. Resolves to the head at which it has; to -1 when nobody waits any more (`signal`).
 */
export function drainedHead(
  client: Pick<RunningClient, 'link'>,
  report: Pick<ConsoleReport, 'subscribe'>,
  signal?: AbortSignal,
): Promise<number> {
  return new Promise((resolve) => {
    let asked: Link | undefined;
    const look = (): void => {
      const { link } = client;
      if (link === undefined || link === asked) return;
      asked = link;
      link.drain((head) => {
        unsubscribe();
        resolve(head);
      });
    };
    const unsubscribe = report.subscribe(look);
    const leave = (): void => {
      unsubscribe();
      resolve(-1);
    };
    signal?.addEventListener('abort', leave);
    if (signal?.aborted === true) leave();
    else look();
  });
}
