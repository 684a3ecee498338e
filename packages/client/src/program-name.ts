/** As a person types it, and the version that a server is told. */
export const PROGRAM = 'lanmirror-client';
export const VERSION = '0.1.0';
