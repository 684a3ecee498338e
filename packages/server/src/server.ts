/**
 * Puts a server together: the only file that knows all its parts.
 *
 *   source folder -> watcher + scans -> Publisher -> TreeIndex -> sessions -> clients
 *
 * Starting: the port is bound first, the index opened, the watcher set and the scan begun. Stopping: no
 * new connection, sessions closed, the publisher's work finished, the index marked clean.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { dirname, join, parse } from 'node:path';
import { adviceFor, type Fingerprint, type ScrubState } from '@lanmirror/engine/core';
import {
  displayName,
  folderMarks,
  hasRoom,
  type ProblemReport,
  problemReport,
  UserError,
} from '@lanmirror/engine/host';
import { type OrderedStore, openLmdbStore, StoreError } from '@lanmirror/engine/store';
import {
  chooseWatcher,
  loadHash,
  mountPointsBelow,
  openLocalSource,
  type ReadableTree,
  TreeError,
  type WatchMode,
} from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import { MAX_MARKS, ROOT_ID } from '@lanmirror/protocol';
import type { ClientStatus } from './control/status.ts';
import { TreeIndex } from './index/tree-index.ts';
import { IdleHash, type SourceCondition } from './publish/idle-hash.ts';
import type { Missing } from './publish/missing-list.ts';
import { MountedFolders } from './publish/mounted-folder.ts';
import { DAMAGED, type TimedProblem } from './publish/problem-list.ts';
import { ProblemLog } from './publish/problem-log.ts';
import { ProblemMemory } from './publish/problem-memory.ts';
import { Publisher } from './publish/publisher.ts';
import type { ScanProgress } from './publish/scan.ts';
import { Scrub, type ScrubHost } from './publish/scrub.ts';
import { ScrubMemory } from './publish/scrub-memory.ts';
import type { SourceFilter } from './publish/source-filter.ts';
import type { StandingRoot } from './publish/standing-root.ts';
import { FrontDesk } from './session/front-desk.ts';
import { RefusalLog } from './session/refusal-log.ts';
import { listen } from './transport/listener.ts';

export interface ServerOptions {
  /** The folder to publish, absolute and real. */
  readonly monitorDir: string;
  readonly host: string;
  readonly port: number;
  readonly key: Uint8Array;
  /** Folder for the index; belongs to this server alone. */
  readonly stateDir: string;
  readonly watch: WatchMode;
  /** What of the folder is published. */
  readonly filter: SourceFilter;
  /** Pause between two looks through the whole source, where that is done. */
  readonly pollMs: number;
  /** Read in the background what no mirror needed yet. */
  readonly isHashIdle: boolean;
  /** Days between two readings of all files, as set at this moment; 0 for none. */
  scrubDays(): number;
  readonly name: string;
  readonly program: string;
  note(level: 'info' | 'warn' | 'debug', text: string): void;
}

export interface RunningServer {
  readonly port: number;
  readonly isScanning: boolean;
  /** How far the scan is. */
  readonly scanProgress: Readonly<ScanProgress>;
  readonly halt: string;
  /** What a person should know of how changes are noticed; '' while the system tells of all. */
  readonly watchNotice: string;
  readonly entries: number;
  readonly problemCount: number;
  /** The last sequence issued. */
  readonly head: number;
  /** Of the whole published folder; undefined before it was looked at. */
  readonly fingerprint: Fingerprint | undefined;
  /** How far the reading of all files is. */
  readonly scrub: ScrubState;
  /** The first of what cannot be mirrored. */
  problems(limit: number): readonly ProblemReport[];
  /** What a person is asked about: entries that are missing since the server was off. */
  readonly missing: Missing | undefined;
  /** A person says yes to the list with this token. Returns the number of removed entries; undefined when another list, or none, is asked about. */
  accept(token: string): number | undefined;
  /** A folder that stands in the place of the published one and is not believed; undefined when none does. */
  readonly standing: StandingRoot | undefined;
  /** A person says that the folder with this token is to be published. Returns false when another one stands there. */
  acceptStanding(token: string): boolean;
  /** The clients that are connected. */
  clients(): readonly ClientStatus[];
  stop(): Promise<void>;
}

/** Large enough that two copies of an index never meet, small enough for more starts than anyone will live. */
const MAX_GENERATION_STEP = 2 ** 32;

/** Damaged files that are read again in an hour. */
const MAX_REREAD = 1000;

/** Starts a server. Rejects when the port or the index cannot be had; nothing stays open then. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  await loadHash();
  const { monitorDir, stateDir, note } = options;
  const tree = openLocalSource(monitorDir);
  const { store, index } = await openIndex(tree, monitorDir, `${stateDir}/index`);
  let desk: FrontDesk | undefined;
  let idleHash: IdleHash | undefined;
  let wasScanning = true;
  const publisher = new Publisher({
    tree,
    index,
    indexDir: `${stateDir}/index`,
    problemMemory: new ProblemMemory(store),
    filter: options.filter,
    mounts: new MountedFolders(store, () => mountPointsBelow(monitorDir)),
    hasRoom: () => hasRoom(stateDir),
    clock: systemClock,
    startWatcher: (listener) => chooseWatcher(options.watch, options.pollMs)(monitorDir, listener),
    listener: {
      changed: () => {
        desk?.pump();
        idleHash?.wake();
      },
      stateChanged: () => {
        if (wasScanning && !publisher.isScanning) {
          wasScanning = false;
          note(
            'info',
            `Scanned ${monitorDir}: ${index.size} entries, ${publisher.problems.count} that cannot be mirrored`,
          );
        }
        if (!publisher.isScanning) problemLog.tell();
        desk?.tellState();
        idleHash?.wake();
      },
      learned: () => desk?.tellFingerprints(),
      note,
    },
  });
  const problemLog = new ProblemLog(systemClock, publisher.problems, (text) => note('warn', text));
  const isSending = (): boolean => desk?.isSending === true;
  const memory = new ScrubMemory(store);
  const scrub = new Scrub(
    { ...scrubHost(options, publisher, index, memory, isSending), tree },
    memory.load(),
  );
  const misread = scrub.misread.bind(scrub);
  const host = { tree, index, publisher, clock: systemClock, misread, note };
  desk = new FrontDesk({
    ...host,
    program: options.program,
    name: options.name,
    monitorDir,
    marksOf: (path) => ({
      shareMarks: folderMarks(join(monitorDir, path), monitorDir).slice(0, MAX_MARKS),
      outerMarks: folderMarks(dirname(monitorDir), parse(monitorDir).root).slice(0, MAX_MARKS),
    }),
  });
  const reception = desk;
  if (options.isHashIdle) {
    idleHash = new IdleHash({
      ...{ tree, index, clock: systemClock },
      condition: () => conditionOf(publisher, isSending),
      suspect: (path) => publisher.hint(path),
      learned: (hashes) => publisher.rememberHashes(hashes),
      failed: (error) => note('warn', `Reading for the fingerprint stopped: ${String(error)}`),
    });
  }
  const refusals = new RefusalLog(systemClock, (text) => note('warn', text));
  try {
    const listener = await listen({
      host: options.host,
      port: options.port,
      key: options.key,
      connected: (connection) => reception.welcome(connection),
      refused: (peer, why) => refusals.tell(peer, why),
    });
    publisher.start();
    return {
      port: listener.port,
      get isScanning() {
        return publisher.isScanning;
      },
      get scanProgress() {
        return publisher.scanProgress;
      },
      get halt() {
        return publisher.halt;
      },
      get watchNotice() {
        return publisher.watchNotice;
      },
      get entries() {
        return index.size;
      },
      get problemCount() {
        return publisher.problems.count;
      },
      get head() {
        return index.head;
      },
      get fingerprint() {
        return index.fingerprint(ROOT_ID);
      },
      get scrub() {
        return scrub.state;
      },
      problems: (limit) => publisher.problems.timed(limit).map(reportOf),
      get missing() {
        return publisher.missing;
      },
      accept: (token) => publisher.accept(token),
      get standing() {
        return publisher.standing;
      },
      acceptStanding: (token) => publisher.acceptStanding(token),
      clients: () => [...reception.sessions].map((session) => session.status),
      async stop() {
        reception.close();
        idleHash?.stop();
        await listener.close();
        await scrub.stop();
        await publisher.stop();
        problemLog.stop();
        await index.close();
        await store.close();
      },
    };
  } catch (error) {
    await scrub.stop();
    await store.close();
    throw error;
  }
}

function conditionOf(publisher: Publisher, isSending: () => boolean): SourceCondition {
  return publisher.condition === 'idle' && isSending() ? 'busy' : publisher.condition;
}

function scrubHost(
  { note, scrubDays }: ServerOptions,
  publisher: Publisher,
  index: TreeIndex,
  memory: ScrubMemory,
  isSending: () => boolean,
): Omit<ScrubHost, 'tree'> {
  return {
    index,
    clock: systemClock,
    days: scrubDays,
    condition: () => conditionOf(publisher, isSending),
    suspect: (path) => publisher.hint(path),
    written: (entry) => publisher.written(entry),
    judged: (entry, isDamaged) => publisher.setDamaged(entry, isDamaged),
    damaged: () =>
      publisher.problems.pathsWith(DAMAGED, MAX_REREAD).flatMap((path) => index.byPath(path)?.id ?? []),
    keep: (record) => publisher.record(() => memory.save(record)),
    ended: ({ read, found }) =>
      note(found === 0 ? 'info' : 'warn', `Scrub finished: ${read} files read, ${found} damaged.`),
    failed: (error) => note('warn', `Reading for the scrub stopped: ${String(error)}`),
  };
}

function reportOf(problem: TimedProblem): ProblemReport {
  return problemReport(problem, adviceFor(problem.code).cure, problem.nextTryMs);
}

/** Opens the index and makes its new generation durable. Throws UserError when the disk does not let it. */
async function openIndex(
  tree: ReadableTree,
  monitorDir: string,
  indexDir: string,
): Promise<{ store: OrderedStore; index: TreeIndex }> {
  let store: OrderedStore | undefined;
  try {
    store = openLmdbStore(indexDir);
    const index = TreeIndex.open(
      store,
      () => randomBytes(16).toString('hex'),
      () => randomInt(1, MAX_GENERATION_STEP),
    );
    requireRoot(tree, index, monitorDir);
    // Two lives that both lost power must not issue sequences under one generation.
    await store.flushed();
    return { store, index };
  } catch (error) {
    await store?.close();
    throw error instanceof StoreError ? unusableIndex(error, indexDir) : error;
  }
}

function unusableIndex(error: StoreError, indexDir: string): UserError {
  const next =
    error.code === 'CORRUPT' || error.code === 'OTHER_FORMAT'
      ? `Move the folder ${displayName(indexDir)} away, and start again: mirrors then compare everything, and nothing that is there is sent again.`
      : `Make room on the disk of ${displayName(indexDir)}, see that it can be written, and start again.`;
  return new UserError('STATE', `${displayName(error.message)}.`, next);
}

/** Never indexed and not there is a mistake; once indexed and not there is a disk that is not mounted, which is waited for. */
function requireRoot(tree: ReadableTree, index: TreeIndex, monitorDir: string): void {
  if (index.size > 0) return;
  let problem = 'does not exist';
  try {
    const root = tree.rootStat();
    if (root?.kind === 'directory') tree.list('');
    if (root?.kind === 'directory') return;
    if (root !== undefined) problem = 'is not a folder';
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    problem = `cannot be read: ${error.message}`;
  } finally {
    tree.release();
  }
  throw new UserError(
    'NO_MONITOR_DIR',
    `MonitorDir ${displayName(monitorDir)} ${problem}.`,
    'Check the path, its permissions, and that its disk is mounted.',
  );
}
