export * from './error.ts';
export * from './hash.ts';
export * from './local/index.ts';
export { mountPointsBelow } from './mount-table.ts';
export * from './port.ts';
export * from './probe-traits.ts';
export * from './rereader.ts';
export * from './trash/index.ts';
export * from './watch/index.ts';
