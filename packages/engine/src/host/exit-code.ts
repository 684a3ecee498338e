/** Exit codes of both programs. A clean stop by SIGTERM or SIGINT is `done`. */
export const EXIT = {
  done: 0,
  /** Done, but some paths failed; they were listed. */
  someFailed: 1,
  /** Wrong use or configuration. */
  usage: 2,
  /** A guard holds deletions or halted everything: a person is asked. */
  held: 3,
  /** The server cannot be reached, or refused us. */
  noConnection: 4,
  alreadyRunning: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
