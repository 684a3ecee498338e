/**
 * Why a connection was closed on purpose. A closed set: anything else is "offline, try again".
 */
export const CLOSE_CODES = {
  /** Not of this protocol: unknown or malformed message, wrong order, a number out of range. */
  'bad-message': 4000,
  /** The two ends speak different protocol versions. */
  version: 4001,
  /** The ServerRoot does not exist or is not a folder. */
  'no-such-root': 4002,
  /** The server is stopping. */
  stopping: 4003,
  /** More connections or requests than allowed. */
  busy: 4004,
  /** Nothing was heard for too long. */
  silent: 4005,
  /** The feed of changes has a hole; the client reconnects with its cursor. */
  gap: 4006,
  /** There is no share of this name for who has this key. */
  'no-such-share': 4007,
} as const;

export type CloseReason = keyof typeof CLOSE_CODES;

/** The reason for a WebSocket close code, or undefined when it is not one of ours. */
export function closeReasonOf(code: number): CloseReason | undefined {
  for (const [reason, known] of Object.entries(CLOSE_CODES)) {
    if (known === code) return reason as CloseReason;
  }
  return undefined;
}
