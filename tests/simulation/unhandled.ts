/**
 * A process that is killed in a simulation leaves promises behind that nobody waits for. Their end is no
 * error; any other rejection that nobody handles is.
 */
import { StoreError } from '@lanmirror/engine/store';
import { Crash } from '../../packages/engine/src/tree/memory/index.ts';

/** Until the returned function is called. */
export function ignoreDeaths(): () => void {
  const before = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (reason, promise) => {
    if (reason instanceof Crash) return;
    if (reason instanceof StoreError && reason.code === 'CLOSED') return;
    for (const listener of before) listener(reason, promise);
  });
  return () => {
    process.removeAllListeners('unhandledRejection');
    for (const listener of before) process.on('unhandledRejection', listener);
  };
}
