/**
 * Both ends must speak the same one. Raised by every release in which a message, a field or a meaning differs from
 * the release before it; what changes between two releases needs no number of its own.
 */
export const PROTOCOL_VERSION = 1;
