/**
 * Puts a share together: a folder that is published, with everything that tells its changes.
 *
 *   source folder -> watcher + scans -> Publisher -> TreeIndex -> sessions -> clients
 *
 * Opening: the index opened, nothing watched or scanned yet. `start` sets the watcher and begins the scan. Stopping:
 * sessions closed, the publisher's work finished, the index marked clean. A kill at any point leaves the index after
 * some transaction: the next start opens a new generation and scans.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { type Connection, MAX_MARKS, ROOT_ID } from '@lanmirror/protocol';
import {
  adviceFor,
  type Fingerprint,
  heldToAll,
  type Pacing,
  type PathProblem,
  problemAt,
  problemOver,
  type ScrubState,
} from '../core/index.ts';
import {
  displayName,
  folderMarks,
  hasRoom,
  type ProblemReport,
  problemReport,
  UserError,
} from '../host/index.ts';
import { createMemoryStore, type OrderedStore, openLmdbStore, StoreError } from '../store/index.ts';
import { loadHash, mountPointsBelow, openLocalSource, type ReadableTree, TreeError } from '../tree/index.ts';
import { chooseWatcher, type WatchMode } from '../tree/watch/index.ts';
import { systemClock } from '../wire/index.ts';
import { TreeIndex } from './index/tree-index.ts';
import { outerMarks } from './outer-mark.ts';
import type { IsExplained } from './publish/explained.ts';
import { IdleHash, type SourceCondition } from './publish/idle-hash.ts';
import { IgnoreMemory } from './publish/ignore-memory.ts';
import type { Missing } from './publish/missing-list.ts';
import { MountedFolders } from './publish/mounted-folder.ts';
import { DAMAGED, type TimedProblem } from './publish/problem-list.ts';
import { ProblemLog } from './publish/problem-log.ts';
import { ProblemMemory } from './publish/problem-memory.ts';
import { Publisher } from './publish/publisher.ts';
import { type LeftOutPaths, leftOutBy } from './publish/rule-effect.ts';
import type { ScanProgress } from './publish/scan.ts';
import { Scrub, type ScrubHost } from './publish/scrub.ts';
import { ScrubMemory } from './publish/scrub-memory.ts';
import type { SourceFilter } from './publish/source-filter.ts';
import type { StandingRoot } from './publish/standing-root.ts';
import type { ClientStatus } from './session/client-status.ts';
import { ContentTurns, type Turns } from './session/content-turns.ts';
import { FrontDesk } from './session/front-desk.ts';
import { ShareDesk } from './session/share-desk.ts';

export interface ShareOptions {
  /** Its name on the wire; without it, the share without a name. */
  readonly shareName?: string;
  /** The folder to publish, absolute and real. */
  readonly monitorDir: string;
  /** Folder for the index; belongs to this share alone. */
  readonly stateDir: string;
  readonly watch: WatchMode;
  /** What of the folder is published. */
  readonly filter: SourceFilter;
  /** What was published before the share was closed, if the end of the first scan is to tell what is other by now. */
  readonly rulesBefore?: SourceFilter | undefined;
  /** Pause between two looks through the whole source, where that is done. */
  readonly pollMs: number;
  /** Read in the background what no mirror needed yet. */
  readonly isHashIdle: boolean;
  /** Days between two readings of all files, as set at this moment; 0 for none. */
  scrubDays(): number;
  /** Of this machine, as clients are told. */
  readonly name: string;
  readonly program: string;
  /** In which contents are sent, with those of all shares of a server. Without them nothing is held back. */
  readonly turns?: Turns | undefined;
  /** To which scans, and what is read in the background for the fingerprint, are held; without it, to nothing. */
  readonly pace?: Pacing | undefined;
  /** The index is kept in memory, and nothing is left of it: for a look at a folder that is no source yet. */
  readonly isForgotten?: boolean;
  /** The setting that names the folder, for messages; default: MonitorDir. */
  readonly settingName?: string;
  /** The command by which a person agrees to what the guards found; default: that of a server. */
  readonly acceptCommand?: string;
  /** What is known at this moment of what this program took from the folder itself; default: it took nothing. */
  readonly explain?: () => IsExplained;
  note(level: 'info' | 'warn' | 'debug', text: string): void;
  /** Scanning, the halt, or what cannot be mirrored is other than before. */
  stateChanged?(): void;
}

/** What is known of a path of the source. */
export interface PathSight {
  /** It is published, as it was seen last. */
  readonly isKnown: boolean;
  /** What is wrong with it, or with a folder above it. */
  readonly problem: PathProblem | undefined;
}

export interface Share {
  /** The published folder, absolute. */
  readonly monitorDir: string;
  /** What of the folder is published. */
  readonly filter: SourceFilter;
  readonly isScanning: boolean;
  /** How far the scan is. */
  readonly scanProgress: Readonly<ScanProgress>;
  readonly halt: string;
  /** What a person should know of how changes are noticed; '' while the system tells of all. */
  readonly watchNotice: string;
  readonly entries: number;
  readonly problemCount: number;
  /** How many ignore files of the source hold. */
  readonly ignoreFileCount: number;
  /** The last sequence issued. */
  readonly head: number;
  /** Of the whole published folder; undefined before it was looked at. */
  readonly fingerprint: Fingerprint | undefined;
  /** How far the reading of all files is. */
  readonly scrub: ScrubState;
  /** The first of what cannot be mirrored. */
  problems(limit: number): readonly ProblemReport[];
  /** What is known of a path beside the rules. */
  sightOf(path: string): PathSight;
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
  /** Somebody in this process changed something at this path: it is looked at. */
  hint(path: string): void;
  /** Opens sessions for those whom a front desk lets in. */
  readonly desk: ShareDesk;
  /** A connection that needs no key and is for this share, as of a mirror in the same process. */
  welcome(connection: Connection): void;
  /** What is published now and would not be by other rules; `most` of it is named. */
  leftOutBy(filter: SourceFilter, most: number): Promise<LeftOutPaths>;
  /** Sets the watcher, and begins the scan. Once. */
  start(): void;
  /** `why` is told to the clients; default: the server is stopping. They come back by themselves. */
  stop(why?: string): Promise<void>;
}

/** Large enough that two copies of an index never meet, small enough for more starts than anyone will live. */
const MAX_GENERATION_STEP = 2 ** 32;

/** Why sessions end when an ignore file says something else. */
const RULES_CHANGED = 'the rules of the share are other ones now';

/** Damaged files that are read again in an hour. */
const MAX_REREAD = 1000;

/** Opens a share. Rejects when the index cannot be had; nothing stays open then. */
export async function openShare(options: ShareOptions): Promise<Share> {
  await loadHash();
  const { monitorDir, stateDir, note } = options;
  const tree = openLocalSource(monitorDir);
  const { store, index } = await openIndex(options, tree, `${stateDir}/index`);
  let desk: ShareDesk | undefined;
  let idleHash: IdleHash | undefined;
  let wasScanning = true;
  const publisher = new Publisher({
    tree,
    index,
    indexDir: `${stateDir}/index`,
    problemMemory: new ProblemMemory(store),
    ignoreMemory: new IgnoreMemory(store),
    filter: options.filter,
    rulesBefore: options.rulesBefore,
    acceptCommand: options.acceptCommand,
    explain: options.explain,
    mounts: new MountedFolders(store, () => mountPointsBelow(monitorDir)),
    hasRoom: () => hasRoom(stateDir),
    pace: options.pace,
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
        options.stateChanged?.();
      },
      rulesChanged: () => {
        wasScanning = true;
        desk?.close(RULES_CHANGED);
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
  const turns = options.turns ?? new ContentTurns(systemClock, heldToAll([]));
  const { shareName = '' } = options;
  const host = { shareName, tree, index, publisher, clock: systemClock, turns, misread, note };
  desk = new ShareDesk({
    ...host,
    program: options.program,
    name: options.name,
    monitorDir,
    marksOf: (path) => ({
      shareMarks: folderMarks(join(monitorDir, path), monitorDir).slice(0, MAX_MARKS),
      outerMarks: outerMarks(monitorDir).slice(0, MAX_MARKS),
    }),
  });
  const reception = desk;
  const frontDesk = new FrontDesk({ clock: systemClock, note, share: () => reception });
  if (options.isHashIdle) {
    idleHash = new IdleHash({
      ...{ tree, index, clock: systemClock, pace: options.pace },
      condition: () => conditionOf(publisher, isSending),
      suspect: (path) => publisher.hint(path),
      learned: (hashes) => publisher.contents.learn(hashes),
      failed: (error) => note('warn', `Reading for the fingerprint stopped: ${String(error)}`),
    });
  }
  return {
    monitorDir,
    filter: options.filter,
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
    get ignoreFileCount() {
      return publisher.ignoreFileCount;
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
    sightOf: (path) => ({
      isKnown: index.byPath(path) !== undefined,
      problem: problemOver(path, (at) => {
        const code = publisher.problems.codeOf(at);
        return code && problemAt(at, code);
      }),
    }),
    get missing() {
      return publisher.missing;
    },
    accept: (token) => publisher.accept(token),
    get standing() {
      return publisher.standing;
    },
    acceptStanding: (token) => publisher.acceptStanding(token),
    clients: () => [...reception.sessions].map((session) => session.status),
    hint: (path) => publisher.hint(path),
    desk: reception,
    welcome: (connection) => frontDesk.welcome(connection),
    start: () => publisher.start(),
    leftOutBy: (filter, most) => leftOutBy(index, filter, systemClock, most),
    async stop(why) {
      reception.close(why);
      idleHash?.stop();
      await scrub.stop();
      await publisher.stop();
      problemLog.stop();
      await index.close();
      await store.close();
    },
  };
}

function conditionOf(publisher: Publisher, isSending: () => boolean): SourceCondition {
  return publisher.condition === 'idle' && isSending() ? 'busy' : publisher.condition;
}

function scrubHost(
  { note, scrubDays }: ShareOptions,
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
    written: (entry) => publisher.contents.written(entry),
    judged: (entry, isDamaged) => publisher.contents.setDamaged(entry, isDamaged),
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
  options: ShareOptions,
  tree: ReadableTree,
  indexDir: string,
): Promise<{ store: OrderedStore; index: TreeIndex }> {
  let store: OrderedStore | undefined;
  try {
    store = options.isForgotten === true ? createMemoryStore() : openLmdbStore(indexDir);
    const index = TreeIndex.open(
      store,
      () => randomBytes(16).toString('hex'),
      () => randomInt(1, MAX_GENERATION_STEP),
    );
    requireRoot(tree, index, options);
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
function requireRoot(
  tree: ReadableTree,
  index: TreeIndex,
  { monitorDir, settingName = 'MonitorDir' }: ShareOptions,
): void {
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
    settingName === 'MonitorDir' ? 'NO_MONITOR_DIR' : 'NO_SOURCE',
    `${settingName} ${displayName(monitorDir)} ${problem}.`,
    'Check the path, its permissions, and that its disk is mounted.',
  );
}
