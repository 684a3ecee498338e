export { type ClientOptions, openState, type RunningClient, startClient } from './client.ts';
