export type { Missing } from './publish/missing-list.ts';
export { SourceFilter } from './publish/source-filter.ts';
export type { StandingRoot } from './publish/standing-root.ts';
export type { ClientStatus } from './session/client-status.ts';
export { ContentTurns, type Turns } from './session/content-turns.ts';
export { FrontDesk, type FrontDeskOptions } from './session/front-desk.ts';
export { RefusalLog } from './session/refusal-log.ts';
export { type Refusal, ShareDesk } from './session/share-desk.ts';
export * from './share.ts';
