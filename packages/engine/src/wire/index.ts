export * from './connection-pair.ts';
export * from './liveness.ts';
export * from './psk.ts';
export * from './system-clock.ts';
export * from './ws-connection.ts';
