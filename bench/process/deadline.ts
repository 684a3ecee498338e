/** Nothing here waits for ever. */
import { setTimeout as pass } from 'node:timers/promises';

/** Programs of others are looked at again and again, where they do not tell. */
const LOOK_MS = 10;

/** What `promise` gives; rejects when that takes longer than `ms`. `what` completes "still ... after 5 s". */
export async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`still ${what} after ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Until `isTrue` gives true; rejects after `ms`. `what` completes "never: the daemon answers". */
export async function untilTrue(
  isTrue: () => boolean | Promise<boolean>,
  what: string,
  ms = 60_000,
): Promise<void> {
  const end = performance.now() + ms;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`never: ${what}, in ${ms / 1000} s`);
    await pass(LOOK_MS);
  }
}
