/** Raised whenever a message or a meaning changes; both ends must speak the same one. */
export const PROTOCOL_VERSION = 1;
