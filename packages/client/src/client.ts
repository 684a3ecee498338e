/**
 * Puts a client together: the only file that knows all its parts.
 *
 *   source -> Connector (sessions) -> Mirror (plan, apply) -> target folder
 */
import { type LinkRule, type Pacing, staysHere } from '@lanmirror/engine/core';
import { displayName, EXIT, markHeapAhead, type TypedPattern, UserError } from '@lanmirror/engine/host';
import { createMemoryStore, openLmdbStore, StoreError } from '@lanmirror/engine/store';
import { loadHash, openLocalTarget } from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import type { Connection, ServerState, Welcome } from '@lanmirror/protocol';
import { openRecord } from './clean/open-record.ts';
import { type CleanerHost, SourceCleaner } from './clean/source-cleaner.ts';
import { SourceTrash, type SourceTrashHost } from './clean/source-trash.ts';
import { CleanedDesk } from './cleaned/cleaned-desk.ts';
import { ExcludedDesk } from './excluded/excluded-desk.ts';
import { lineFor } from './job/job-line.ts';
import type { ConnectorOptions } from './mirror/connector.ts';
import { Contact } from './mirror/contact.ts';
import { readMarker } from './mirror/marker.ts';
import { Mirror } from './mirror/mirror.ts';
import type { MirrorOptions, MirrorReport } from './mirror/mirror-options.ts';
import { isKnownPath } from './plan/part.ts';
import type { Link } from './session/link.ts';
import { MirrorState } from './state/mirror-state.ts';
import { useLinkRule } from './state/mirrored-view.ts';
import { makeTrashDir, trashFolder } from './trash/trash-folder.ts';
import { compareTarget } from './verify/compare-target.ts';
import type { Finding } from './verify/finding.ts';
import { Scrub, type ScrubHost } from './verify/scrub.ts';

export interface ClientOptions
  extends Pick<
    MirrorOptions,
    | 'policy'
    | 'maxWorkers'
    | 'checkIntervalMs'
    | 'historyDays'
    | 'ownRules'
    | 'minFreeSpace'
    | 'deleteRule'
    | 'compare'
    | 'findTargetKind'
    | 'keepsTrash'
    | 'mode'
    | 'isCheckedFirst'
    | 'isAdoption'
    | 'isDryRun'
    | 'only'
  > {
  readonly targetDir: string;
  readonly stateDir: string;
  /** The source, when it is a folder of this machine. */
  readonly sourceDir?: string;
  readonly trashDir: string;
  readonly durability: 'checkpoint' | 'strict' | 'none';
  /** The share to mirror; '' for the one without a name. */
  readonly share: string;
  readonly serverRoot: string;
  readonly links: LinkRule;
  /** ModifyWindow, in milliseconds. */
  readonly modifyWindowMs: number;
  readonly name: string;
  /** The job of which this is the mirror; '' for the only one. */
  readonly job: string;
  readonly program: string;
  /** To which what is received is held. */
  readonly pace: Pacing;
  /** A new line to the source; `signal`: nobody waits for it any more. */
  dial(signal: AbortSignal): Promise<Connection>;
  /** Another number whenever a source in this process has worked. */
  sourceActivity?(): number;
  /** Called with each answer of a server before anything is done for it; throws for one that must not be mirrored here. */
  admit(welcome: Welcome): Promise<void>;
  readonly report: MirrorReport &
    Pick<ConnectorOptions, 'failed'> & {
      serverState(state: ServerState): void;
      connected(link: Link): void;
      disconnected(why: string, isEnded: boolean): void;
      rested(): void;
      /** What the rules leave out went to the trash, because a person asked for it. */
      excluded(path: string): void;
      /** A person forgot a file that was cleaned from the source, and whose copy is gone. */
      forgot(path: string): void;
    };
  /** No session is wanted before `connect`. */
  readonly isResting?: boolean;
}

export interface RunningClient {
  readonly mirror: Mirror;
  readonly link: Link | undefined;
  readonly state: MirrorState;
  /** Bytes of file contents received in this run. */
  readonly contentBytes: number;
  /** Bytes a second that may be received now; Infinity for no limit. */
  readonly bytesPerSecond: number;
  /** Another number whenever something came from the server or was done here. */
  readonly activity: number;
  /** Works by itself, or rests because of its bandwidth: it waits for nobody. */
  readonly isBusy: boolean;
  /** Compares the target with what the source is known to be. Ends early when `signal` is aborted. */
  compare(wanted: TypedPattern, signal: AbortSignal): AsyncIterable<Finding>;
  /** What the rules leave out and stands here. */
  readonly excluded: ExcludedDesk;
  /** What was cleaned from the source, and what of it still stands here. */
  readonly cleaned: CleanedDesk;
  /** Begins to read the files of the target again from time to time, and has damaged ones fetched. */
  scrub(hooks: ScrubHooks): Scrub;
  /** What takes files from a source of this machine. Does nothing by itself. */
  cleaner(hooks: CleanHooks): SourceCleaner;
  /** What looks after the trash of such a source. Does nothing by itself. */
  sourceTrash(hooks: SourceTrashHooks): SourceTrash;
  /** Sessions with the server are wanted from now on. Does nothing when they are already. */
  connect(): void;
  /** None are wanted until the next `connect`: what is in flight is broken off, and gone on with then. */
  rest(): void;
  stop(): Promise<void>;
}

export type ScrubHooks = Pick<ScrubHost, 'days' | 'ended' | 'failed'> & { damaged(path: string): void };

export type CleanHooks = Pick<
  CleanerHost,
  'source' | 'rule' | 'ruleNames' | 'isStopped' | 'mayClean' | 'taken' | 'heard' | 'tell'
>;

export type SourceTrashHooks = Omit<SourceTrashHost, 'state' | 'target' | 'record' | 'clock'>;

/** Opens the state of a target. The store is the folder `mirror` in the state folder. */
export async function openState(stateDir: string): Promise<MirrorState> {
  // A state that was made without sums gets them as it is opened.
  await loadHash();
  return new MirrorState(openLmdbStore(`${stateDir}/mirror`));
}

/** A state that is forgotten when the program ends. */
export function openBlankState(): MirrorState {
  return new MirrorState(createMemoryStore());
}

/** Starts to mirror into a folder that `prepareTarget` has accepted. `ended` is called when the program has to end. */
export async function startClient(
  options: ClientOptions,
  state: MirrorState,
  ended: (error: unknown) => void,
): Promise<RunningClient> {
  await loadHash();
  const failedHard = (error: unknown): void => ended(forPerson(error, options.stateDir));
  const { report, targetDir } = options;
  if (options.trashDir !== '') makeTrashDir(options.trashDir);
  const tree = openLocalTarget(targetDir, {
    durability: options.durability,
    ...(options.trashDir === '' ? {} : { trashDir: trashFolder(targetDir, options.trashDir) }),
    placing: {
      script: new URL('./placing-worker.mjs', import.meta.url),
      failed: (error) =>
        report.warn(
          `the thread that places small files failed (${error.message}); they are placed without it`,
        ),
    },
    looking: {
      script: new URL('./look-worker.mjs', import.meta.url),
      failed: (error) =>
        report.warn(
          `the thread that looks at folders failed (${error.message}); they are looked at without it`,
        ),
    },
  });
  useLinkRule(state, options.links);
  state.setMeta({ modifyWindowUs: options.modifyWindowMs * 1000 });
  const { sourceDir = '', isDryRun } = options;
  const cleaned = openRecord({ targetDir, tree, state, sourceDir, isReadOnly: isDryRun });
  const mirror = new Mirror(
    {
      ...options,
      tree,
      cleaned,
      isSourceRemote: options.sourceActivity === undefined,
      state,
      clock: systemClock,
      random: Math.random,
      largeComes: (isComing) => markHeapAhead(!isComing),
      // Before it is joined (an adoption that waits for a yes, a dry run) there is no marker to look for.
      isTargetThere: () => isMarked(targetDir, state.meta.targetId),
    },
    failedHard,
  );
  let started: Promise<void> | undefined;
  const start = (): Promise<void> => {
    started ??= mirror.start();
    return started;
  };
  // A folder that is not ours yet is left alone until a server has accepted us.
  if (state.meta.targetId !== '') await start();
  let link: Link | undefined;
  let earlierBytes = 0;
  let earlierActivity = 0;
  const sessionEnded = (): void => {
    earlierBytes += link?.contentBytes ?? 0;
    earlierActivity += link?.activity ?? 0;
    link = undefined;
    mirror.disconnected();
  };
  const contact = new Contact({
    pace: options.pace,
    program: options.program,
    name: options.name,
    share: options.share,
    root: options.serverRoot,
    clock: systemClock,
    random: Math.random,
    dial: (signal) => options.dial(signal),
    cursor: () => state.meta.cursor,
    admit: (welcome) =>
      options
        .admit(welcome)
        .then(start)
        .then(() => true)
        .catch((error: unknown) => {
          failedHard(error);
          return false;
        }),
    connected: (opened) => {
      link = opened;
      report.connected(opened);
      mirror.connected(opened);
    },
    rules: (rules) => mirror.rules(rules),
    changes: (changes) => mirror.changes(changes),
    state: (serverState) => report.serverState(serverState),
    fingerprint: (fingerprint) => mirror.fingerprints.heard(fingerprint),
    disconnected: (why, isEnded) => {
      sessionEnded();
      report.disconnected(why, isEnded);
    },
    rested: () => {
      sessionEnded();
      report.rested();
    },
    failed: (error, isFirstContact, retryMs) => report.failed(error, isFirstContact, retryMs),
  });
  if (options.isResting === true) mirror.rests();
  else contact.start();
  return {
    mirror,
    state,
    get link() {
      return link;
    },
    get contentBytes() {
      return earlierBytes + (link?.contentBytes ?? 0);
    },
    get bytesPerSecond() {
      return options.pace.bytesPerSecond;
    },
    get activity() {
      const ofSource = options.sourceActivity?.() ?? 0;
      return earlierActivity + (link?.activity ?? 0) + mirror.workDone + ofSource;
    },
    get isBusy() {
      return mirror.isBusy || link?.isResting === true;
    },
    compare: (wanted, signal) =>
      compareTarget({
        ...{ tree, state, clock: systemClock, wanted: wanted((path) => isKnownPath(state, path)) },
        isInFlight: (id) => link !== undefined && state.isDirty(id) && !mirror.isFailing(id),
        isStopped: () => signal.aborted,
        stays: (path, kind) => staysHere(mirror.deleteRule, { path, kind }, 0),
      }),
    excluded: new ExcludedDesk({
      ...{ tree, cleaned, state, clock: systemClock, isConnected: () => link !== undefined },
      deleteRule: () => mirror.deleteRule,
      inTurn: (work) => mirror.requests.inTurn(work),
      moved: (path) => report.excluded(path),
    }),
    cleaned: new CleanedDesk({
      ...{ tree, state, clock: systemClock, record: cleaned },
      isThere: () => isMarked(targetDir, state.meta.targetId),
      afterLook: (work) => mirror.requests.afterLook(work),
      isKeptByRule: (path, { kind, goneAtMs }) => {
        const { ageMs } = state.meta.keptClock;
        return staysHere(mirror.deleteRule, { path, kind }, ageMs - (goneAtMs ?? ageMs));
      },
      lineFor: (command) => lineFor(options.job, command),
      forgot: (path) => report.forgot(path),
    }),
    scrub: (hooks) =>
      new Scrub({
        ...{ ...hooks, tree, state, clock: systemClock, isIdle: quietness(() => link, mirror) },
        damaged: (id, path) => {
          hooks.damaged(path);
          mirror.requests.repair([id], true).catch(hooks.failed);
        },
      }),
    cleaner: (hooks) =>
      new SourceCleaner({
        ...{ ...hooks, state, target: tree, record: cleaned, clock: systemClock },
        isFailing: (id) => mirror.isFailing(id),
      }),
    sourceTrash: (hooks) =>
      new SourceTrash({ ...hooks, state, target: tree, record: cleaned, clock: systemClock }),
    connect() {
      if (contact.start()) mirror.goesOn();
    },
    rest() {
      if (contact.rest()) mirror.rests();
    },
    async stop() {
      contact.stop();
      await started;
      if (started === undefined) mirror.abandon();
      else await mirror.stop();
    },
  };
}

/** Tells whether nothing was done on the target since the last question, and nothing is to be done. */
function quietness(link: () => Link | undefined, mirror: Mirror): () => boolean {
  let work = -1;
  return () => {
    const isQuiet = mirror.workDone === work;
    work = mirror.workDone;
    const isInSync = link() !== undefined && mirror.head >= 0 && mirror.syncedAt === mirror.head;
    return isQuiet && isInSync && mirror.haltReason === '' && !mirror.hold.isHeld;
  };
}

/** Whether the folder carries this marker. One that cannot be read proves nothing. */
async function isMarked(targetDir: string, targetId: string): Promise<boolean> {
  if (targetId === '') return true;
  try {
    return (await readMarker(targetDir)) === targetId;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** A state that cannot be written is for a person to mend; everything else is a fault of ours. */
function forPerson(error: unknown, stateDir: string): unknown {
  if (!(error instanceof StoreError) || error.code === 'MISUSE' || error.code === 'CLOSED') return error;
  const next =
    error.code === 'CORRUPT'
      ? 'Stop the client, remove the folder "mirror" in it, and start again: it is made anew from the target.'
      : 'Make room, or mend its permissions, and start again. What was mirrored is safe.';
  return new UserError(
    `STATE_${error.code}`,
    `What the client remembers, in ${displayName(stateDir)}, cannot be written: ${error.message}`,
    next,
    EXIT.someFailed,
  );
}
