export type { Missing } from './publish/missing-list.ts';
export { SourceFilter } from './publish/source-filter.ts';
export type { StandingRoot } from './publish/standing-root.ts';
export type { ClientStatus } from './session/client-status.ts';
export { ContentTurns } from './session/content-turns.ts';
export { RefusalLog } from './session/refusal-log.ts';
export * from './share.ts';
