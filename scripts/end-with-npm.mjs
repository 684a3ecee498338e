/**
 * npm hands a SIGTERM to the shell that it started, and the shell ends without a word to what runs in it. The
 * only sign is that this process has another parent then.
 */
const LOOK_MS = 500;

/** Calls `end` once when the npm (or its shell) that started this process is gone. Does nothing without npm. */
export function endWithNpm(end) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, LOOK_MS);
  // It keeps nothing alive.
  timer.unref();
}
