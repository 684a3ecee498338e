/** `lanmirror-server start`: from the settings to shares that are served, until somebody wants an end. */
import { hostname } from 'node:os';
import { join, sep } from 'node:path';
import { Pace, type ProcessLimit, processLimit } from '@lanmirror/engine/core';
import {
  acquireLock,
  bandwidthReader,
  bandwidthReport,
  type Configuration,
  type ConfigurationInput,
  displayName,
  EXIT,
  type ExitCode,
  keepHeapSmall,
  type Log,
  processSpeed,
  readShareRules,
  realPath,
  recordRunning,
  recordRunningWith,
  typedCommand,
  UserError,
  untilRoom,
  untilSignal,
  waitingLog,
  yieldToOthers,
} from '@lanmirror/engine/host';
import { ContentTurns } from '@lanmirror/engine/source';
import type { WatchMode } from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import { attend } from './control/attend.ts';
import { keyToServe } from './control/key.ts';
import { sourceFilterOf } from './control/source-filter-of.ts';
import { sayHello, tellNewKey } from './greeting.ts';
import { inheritanceText, inheritKeys, recordHome, renewCopies } from './key/inherited-key.ts';
import { KeyRing } from './key/key-ring.ts';
import { type RunningServer, startServer } from './server.ts';
import { type Home, openShareState } from './share/home.ts';
import { Publication } from './share/publication.ts';
import { type ShareSpec, shareTitle, valuesNow } from './share/share-spec.ts';

export interface Service {
  /** Program and version. */
  readonly program: string;
  readonly configuration: Configuration;
  readonly input: ConfigurationInput;
  /** The configuration of the moment: a reload replaces it. */
  readonly settings: { configuration: Configuration };
  readonly shares: readonly ShareSpec[];
  readonly home: Home;
  readonly log: Log;
}

/** Serves until it is stopped. Throws UserError when it cannot begin. */
export async function serve(service: Service): Promise<ExitCode> {
  const { home, shares, log } = service;
  for (const share of shares) for (const dir of [home.dir, ...home.stateDirs]) checkNesting(share, dir);
  if (service.configuration.text('IoPriority') === 'low') yieldToOthers((text) => log.warn(text));
  keepHeapSmall();
  const signalled = untilSignal();
  if (!(await untilRoom(home.dir, (text) => log.warn(text), signalled))) return EXIT.done;
  const folders = shares.map(({ monitorDir }) => monitorDir).join(', ');
  const lock = acquireLock(join(home.dir, 'lock'), `A lanmirror-server for ${folders}`);
  try {
    await serveLocked(service, signalled);
    return EXIT.done;
  } finally {
    lock.release();
  }
}

async function serveLocked(service: Service, signalled: Promise<string>): Promise<void> {
  const { configuration, home, shares, program, log } = service;
  const inheritance = inheritKeys(home);
  if (inheritance.from !== undefined) log.info(displayName(inheritanceText(inheritance)));
  const { key, source, isNew } = keyToServe(configuration, home.dir);
  renewCopies(home);
  const keys = new KeyRing(home.dir, key, (text) => log.warn(displayName(text)));
  warnOfUnknownKeys(shares, keys, log);
  // Of a small folder all is known before it is said where the server listens.
  const told = waitingLog(log);
  const server = await start({ ...service, log: told.log }, keys).catch((error: unknown) => {
    told.release();
    throw error;
  });
  const greet = (): void => {
    const { port } = server;
    const bindIP = configuration.text('BindIP');
    sayHello({ program, bindIP, port, shares: servedOf(server), keySource: source }, log);
    if (isNew) tellNewKey(key, home.dir, log);
    told.release();
  };
  try {
    const wish = await untilStopped(service, { server, key, keys }, signalled, greet);
    log.info(`Stopping (${wish}).`);
  } finally {
    told.release();
    await server.stop();
  }
}

/** What is served: some shares may be out of reach. */
function servedOf({ publications }: RunningServer): readonly ShareSpec[] {
  return publications.filter(({ share }) => share !== undefined).map(({ spec }) => spec);
}

/** Attends to commands until somebody wants an end; returns who. Whoever was greeted may give one at once. */
async function untilStopped(
  service: Service,
  serving: { readonly server: RunningServer; readonly key: Uint8Array; readonly keys: KeyRing },
  signalled: Promise<string>,
  greet: () => void,
): Promise<string> {
  const { home, shares } = service;
  const attended = await attend({ ...service, homeDir: home.dir, ...serving });
  const homeDir = realPath(home.dir);
  const forget = [
    ...shares.map(({ monitorDir }) => recordRunning('server', monitorDir, homeDir, process.env)),
    recordRunningWith('server', service.configuration.iniPath, homeDir, process.env),
  ];
  try {
    greet();
    return await Promise.race([signalled, attended.stopped]);
  } finally {
    for (const forgetRunning of forget) forgetRunning();
    await attended.close();
  }
}

function checkNesting(share: ShareSpec, stateDir: string): void {
  const { monitorDir } = share;
  // The root of a drive ends with its separator.
  const top = monitorDir.endsWith(sep) ? monitorDir : `${monitorDir}${sep}`;
  if (!`${realPath(stateDir)}${sep}`.startsWith(top)) return;
  throw new UserError(
    'NESTED',
    `The state folder ${stateDir} is inside ${share.name === '' ? '' : `${shareTitle(share)}, its `}MonitorDir, and would be published.`,
    'Give another one with --state-dir.',
  );
}

/** A key may be made later; a mistyped one never is. */
function warnOfUnknownKeys(shares: readonly ShareSpec[], keys: KeyRing, log: Log): void {
  for (const share of shares)
    for (const name of share.keys ?? [])
      if (keys.keyOf(name) === undefined)
        log.warn(
          `${share.values.get('Keys').source}: there is no key "${name}" yet; "${typedCommand(`lanmirror-server key add ${name}`)}" makes it.`,
        );
}

async function start(service: Service, keys: KeyRing): Promise<RunningServer> {
  const { configuration, shares, log } = service;
  const host = configuration.text('BindIP');
  const port = configuration.number('Port');
  const limit = processLimit(
    systemClock,
    processSpeed(() => service.settings.configuration),
  );
  const turns = new ContentTurns(systemClock, limit.contents);
  const publications = shares.map((spec, at) =>
    publicationOf(service, spec, service.home.stateDirs[at] ?? '', limit, turns),
  );
  try {
    return await startServer({
      ...{ host, port, keys, publications, turns },
      note: (level, text) => log[level](displayName(text)),
    });
  } catch (error) {
    throw portError(error, host, port);
  }
}

function publicationOf(
  service: Service,
  spec: ShareSpec,
  stateDir: string,
  limit: ProcessLimit,
  turns: ContentTurns,
): Publication {
  const { configuration, settings, home, program, log } = service;
  const { values, name } = spec;
  // That of [Server] is for all shares together.
  const ownLimit = (): string =>
    name === '' ? 'off' : valuesNow(settings.configuration, spec).text('BwLimit');
  const own = new Pace(systemClock, bandwidthReader(ownLimit));
  const head = name === '' ? '' : `${shareTitle(spec)} `;
  return new Publication({
    spec,
    stateDir,
    isLocked: stateDir === home.dir,
    watch: values.text('Watch') as WatchMode,
    openState: () => {
      openShareState(spec.monitorDir, stateDir);
      const strange = recordHome(home, stateDir);
      if (strange !== '') log.warn(displayName(strange));
    },
    filter: async () => sourceFilterOf(readShareRules(valuesNow(settings.configuration, spec).get)),
    turns: turns.within(own),
    pace: limit.cpu,
    bandwidth: () => bandwidthReport(ownLimit(), own.bytesPerSecond),
    pollMs: values.number('PollSeconds') * 1000,
    isHashIdle: values.text('HashIdle') === 'yes',
    scrubDays: () => valuesNow(settings.configuration, spec).number('ScrubDays'),
    name: configuration.text('Name') || hostname(),
    program,
    note: (level, text) => log[level](displayName(`${head}${text}`)),
    alarm: (text) => log.error(displayName(text)),
  });
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
