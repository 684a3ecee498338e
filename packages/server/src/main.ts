/**
 * lanmirror-server: publishes a folder.
 *
 *   lanmirror-server [start]     serve until stopped
 *   lanmirror-server key         print the key
 *   lanmirror-server explain     which rule decides about a path
 *   lanmirror-server status, clients, accept, reload, stop      ask the one that runs
 */
import { isIPv6 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import {
  acquireLock,
  bandwidthReader,
  type Circumstances,
  type Configuration,
  type ConfigurationInput,
  createLog,
  displayName,
  EXIT,
  type ExitCode,
  findStateDir,
  keepHeapSmall,
  keyFileIn,
  type Log,
  type LogLevel,
  openStateDir,
  parseCommandLine,
  readConfiguration,
  readFilterRules,
  realPath,
  recordRunning,
  requireSetting,
  runProgram,
  SERVER_SETTINGS,
  UserError,
  untilRoom,
  untilSignal,
} from '@lanmirror/engine/host';
import type { WatchMode } from '@lanmirror/engine/tree';
import type { RunningServer } from './server.ts';

const PROGRAM = 'lanmirror-server';
const VERSION = '0.1.0';
const JSON_FLAG = { type: 'boolean', help: 'for programs: one line of JSON' } as const;
const VERBS = [
  { name: 'start', help: 'publish MonitorDir until stopped (the default)', flags: {} },
  { name: 'key', help: 'print the key that mirrors need', flags: {} },
  { name: 'status', help: 'how the running server is', flags: { json: JSON_FLAG } },
  { name: 'clients', help: 'who mirrors from it, and how far each is', flags: { json: JSON_FLAG } },
  {
    name: 'accept',
    help: 'agree that what is missing is meant to be gone',
    flags: { yes: { type: 'boolean', help: 'without a question' } },
  },
  {
    name: 'explain',
    help: 'which rule decides whether PATH is published',
    words: ['PATH'],
    flags: { json: JSON_FLAG },
  },
  { name: 'reload', help: 'let the running server read its INI again', flags: { json: JSON_FLAG } },
  { name: 'stop', help: 'end the running server', flags: {} },
] as const;

await runProgram(PROGRAM, main);

async function main(circumstances: Circumstances): Promise<ExitCode> {
  const shape = { program: PROGRAM, version: VERSION, verbs: VERBS, settings: SERVER_SETTINGS };
  const command = await parseCommandLine(shape, process.argv.slice(2));
  if (command === undefined) return EXIT.done;
  const config = command.flags.config;
  const input = {
    section: 'Server' as const,
    config: typeof config === 'string' ? config : undefined,
    flags: command.flags,
    env: process.env,
    cwd: process.cwd(),
  };
  const configuration = readConfiguration(input);
  const settings = { configuration };
  const log = createLog(() => settings.configuration.text('LogLevel') as LogLevel);
  for (const warning of configuration.warnings) log.warn(warning);
  const monitorDir = realPath(required(configuration, 'MonitorDir'));
  const given = configuration.text('StateDir');
  const place = { program: 'server' as const, root: monitorDir, given, env: process.env };
  if (command.verb !== 'start') {
    const asking = {
      stateDir: findStateDir(place),
      isStateDirGiven: given !== '',
      monitorDir,
      isJson: command.flags.json === true,
      isAgreed: command.flags.yes === true,
    };
    circumstances.stateDir = asking.stateDir;
    if (command.verb === 'key') return (await import('./control/key.ts')).printKey(asking, configuration);
    if (command.verb === 'explain') {
      const { explainCommand } = await import('./control/explain.ts');
      return explainCommand({ ...asking, typed: command.words[0] ?? '' }, configuration);
    }
    const { ASKING } = await import('./control/ask.ts');
    const answered = await ASKING[command.verb]?.(asking);
    if (answered !== undefined) return answered;
  }
  const stateDir = openStateDir(place);
  circumstances.stateDir = stateDir;
  return serve({ configuration, input, settings, monitorDir, stateDir, log });
}

interface Service {
  readonly configuration: Configuration;
  readonly input: ConfigurationInput;
  readonly settings: { configuration: Configuration };
  readonly monitorDir: string;
  readonly stateDir: string;
  readonly log: Log;
}

function required(configuration: Configuration, key: string): string {
  const setting = SERVER_SETTINGS.find((one) => one.key === key);
  if (setting === undefined) throw new Error(`no setting ${key}`);
  return requireSetting(configuration, setting, 'server');
}

async function serve(service: Service): Promise<ExitCode> {
  const { configuration, monitorDir, stateDir, log } = service;
  checkNesting(monitorDir, stateDir);
  keepHeapSmall();
  const signalled = untilSignal();
  if (!(await untilRoom(stateDir, (text) => log.warn(text), signalled))) return EXIT.done;
  const lock = acquireLock(join(stateDir, 'lock'), `A lanmirror-server for ${monitorDir}`);
  try {
    const { keyToServe } = await import('./control/key.ts');
    const { key, source, isNew } = keyToServe(configuration, stateDir);
    const server = await start(service, key);
    try {
      sayHello(configuration, monitorDir, source, server, log);
      if (isNew) tellNewKey(key, stateDir, log);
      log.info(`Stopping (${await untilStopped(service, server, key, signalled)}).`);
    } finally {
      await server.stop();
    }
    return EXIT.done;
  } finally {
    lock.release();
  }
}

/** Attends to commands until somebody wants an end; returns who. */
async function untilStopped(
  service: Service,
  server: RunningServer,
  key: Uint8Array,
  signalled: Promise<string>,
): Promise<string> {
  const { attend } = await import('./control/attend.ts');
  const attended = await attend({ ...service, server, key, program: `${PROGRAM} ${VERSION}` });
  const forgetRunning = recordRunning('server', service.monitorDir, realPath(service.stateDir), process.env);
  try {
    return await Promise.race([signalled, attended.stopped]);
  } finally {
    forgetRunning();
    await attended.close();
  }
}

function checkNesting(monitorDir: string, stateDir: string): void {
  if (!`${realPath(stateDir)}/`.startsWith(`${monitorDir}/`)) return;
  throw new UserError(
    'NESTED',
    `The state folder ${stateDir} is inside MonitorDir, and would be published.`,
    'Give another one with --state-dir.',
  );
}

async function start(service: Service, key: Uint8Array): Promise<RunningServer> {
  const { configuration, settings, monitorDir, stateDir, log } = service;
  const [{ startServer }, { sourceFilterOf }] = await Promise.all([
    import('./server.ts'),
    import('./control/source-filter-of.ts'),
  ]);
  const filter = await sourceFilterOf(readFilterRules(configuration.get));
  const host = configuration.text('BindIP');
  const port = configuration.number('Port');
  try {
    return await startServer({
      monitorDir,
      host,
      port,
      key,
      stateDir,
      watch: configuration.text('Watch') as WatchMode,
      filter,
      pollMs: configuration.number('PollSeconds') * 1000,
      isHashIdle: configuration.text('HashIdle') === 'yes',
      bandwidth: bandwidthReader(() => settings.configuration.text('BwLimit')),
      scrubDays: () => settings.configuration.number('ScrubDays'),
      name: configuration.text('Name') || hostname(),
      program: `${PROGRAM} ${VERSION}`,
      note: (level, text) => log[level](displayName(text)),
    });
  } catch (error) {
    throw portError(error, host, port);
  }
}

function portError(error: unknown, host: string, port: number): unknown {
  const next = 'Choose another one with Port or --port, or stop what uses it.';
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new UserError(
        'PORT_IN_USE',
        `Port ${port} is in use (perhaps by another lanmirror-server).`,
        next,
      );
    case 'EACCES':
      return new UserError(
        'PORT_DENIED',
        `Port ${port} may not be opened by this user.`,
        'Choose one above 1023.',
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UserError(
        'BAD_BIND',
        `BindIP ${host} is not an address of this machine.`,
        'Use 0.0.0.0 for all of them.',
      );
    default:
      return error;
  }
}

function sayHello(
  configuration: Configuration,
  monitorDir: string,
  keySource: string,
  server: RunningServer,
  log: Log,
): void {
  const bind = configuration.text('BindIP');
  const addresses = bind === '0.0.0.0' || bind === '::' ? lanAddresses() : [bind];
  log.info(`lanmirror-server ${VERSION} publishes ${displayName(monitorDir)}`);
  log.info(`Listening on ${addresses.map((address) => withPort(address, server.port)).join(', ')}`);
  log.info('On each mirror run:');
  const address = addresses[0] ?? '127.0.0.1';
  log.info(`  lanmirror-client join ${withPort(address, server.port)} /path/of/mirror`);
  log.info(`The key is in ${displayName(keySource)} ("lanmirror-server key" prints it).`);
}

/** As it is written in an address bar. */
function withPort(address: string, port: number): string {
  return `${isIPv6(address) ? `[${address}]` : address}:${port}`;
}

/** Addresses that other machines can reach; loopback when there is none. */
function lanAddresses(): string[] {
  const found = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outer = found
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
  return outer.length > 0 ? outer : ['127.0.0.1'];
}

/** Once, and only to a person: never into a log file. */
function tellNewKey(key: Uint8Array, stateDir: string, log: Log): void {
  if (process.stdout.isTTY) log.info(`A new key was made: ${Buffer.from(key).toString('base64url')}`);
  else log.info(`A new key was made and kept in ${keyFileIn(stateDir)}.`);
}
