/**
 * Why a watch could not be set, in words for the log, without flooding it: a tree above the limit
 * fails once for each folder.
 */

/** At most one explanation in this time, in milliseconds. */
const QUIET_MS = 60_000;

export class FailureLog {
  #explainedAtMs = Number.NEGATIVE_INFINITY;
  #silent = 0;

  /**
   * The text for one failure at `nowMs` (a clock that never goes back): '' while an earlier
   * explanation is fresh, later one that counts what was left out.
   */
  explain(error: unknown, nowMs: number): string {
    if (nowMs - this.#explainedAtMs < QUIET_MS) {
      this.#silent += 1;
      return '';
    }
    const others = this.#silent === 0 ? '' : ` (and ${this.#silent} more since the last report)`;
    this.#explainedAtMs = nowMs;
    this.#silent = 0;
    return `${explainFailure(error)}${others}`;
  }
}

/** The `code` of a system error, or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** One sentence with the remedy where there is one. */
export function explainFailure(error: unknown): string {
  const code = errorCode(error);
  if (code === 'ENOSPC')
    return 'the limit of watched folders is reached; raise it: sysctl fs.inotify.max_user_watches=524288';
  if (code === 'EMFILE')
    return 'too many open files or watchers; raise them: ulimit -n, sysctl fs.inotify.max_user_instances=512';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  // The system's text names our handle of the folder and not the folder.
  if (code !== undefined) return `the system reports ${code}`;
  return error instanceof Error ? error.message : String(error);
}
