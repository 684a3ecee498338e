/** What messages call the other end: a server, or the source where that is a folder of this machine. */
export type SourceWord = 'server' | 'source';
