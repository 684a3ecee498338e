/**
 * Empties the trash of a running client by the rule of its settings: by age and size once an hour, and every
 * minute for room on its disk. Never while deletions wait for a person: then something may be wrong at the source.
 */
import type { Clock } from '@lanmirror/engine/core';
import {
  type Configuration,
  diskSpace,
  displayName,
  type Progress,
  parseSize,
  sizeOrAuto,
} from '@lanmirror/engine/host';
import { MOUNTED_IN_TRASH, pruneTrash, type TrashRule, type Unreadable } from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import type { RunningClient } from '../client.ts';
import type { ConsoleReport } from '../mirror/console-report.ts';
import { RoomKeeper } from './room-keeper.ts';
import { trashFolder } from './trash-folder.ts';

const INTERVAL_MS = 60_000;
/** By age and size at every so manyth look. */
const LOOKS_FOR_RULE = 60;

export interface TrashKeeperHost {
  readonly clock: Clock;
  readonly trashDir: string;
  rule(): TrashRule;
  readonly room: RoomKeeper;
  /** Whether something may be deleted for good now: in sync with a server, and nobody is asked anything. */
  mayPrune(): boolean;
  /** Told of what is mounted in the trash, each time that it is in the way; says so once. */
  mounted(path: string): void;
  note(text: string): void;
  warn(text: string): void;
}

/** The rule that a configuration asks for. */
function trashRule(configuration: Configuration): TrashRule {
  const maxBytes = parseSize(configuration.text('TrashMaxSize'), 'TrashMaxSize');
  return { days: configuration.number('TrashDays'), maxBytes };
}

/** What a client and its configuration of the moment are for the keeper of its trash. */
export function keeperHost(parts: {
  /** The job; '' for the only mirror. */
  readonly name: string;
  readonly client: RunningClient;
  readonly report: ConsoleReport;
  readonly settings: { readonly configuration: Configuration };
  readonly targetDir: string;
  readonly progress: Progress;
}): TrashKeeperHost {
  const { client, report, settings, targetDir, progress } = parts;
  const warn = (text: string): void => progress.write('warn', displayName(text));
  const common = {
    trashDir: trashFolder(targetDir, settings.configuration.text('TrashDir')),
    mayPrune: () => {
      const { mirror, link } = client;
      const isInSync = link !== undefined && mirror.head >= 0 && mirror.syncedAt === mirror.head;
      return isInSync && !mirror.hold.isHeld && mirror.haltReason === '' && report.sourceHalt === '';
    },
    mounted: onceForEach((path) =>
      warn(
        `Something is mounted at ${path} in the trash: nothing on it is deleted, and its day stays. Unmount it.`,
      ),
    ),
    note: (text: string) => progress.write('info', displayName(text)),
    warn,
  };
  const minFree = (): number | 'auto' => sizeOrAuto(settings.configuration, 'TrashMinFree');
  // To empty a trash elsewhere makes no room here.
  const isOwnDisk = settings.configuration.text('TrashDir') === '';
  const missedBytes = (): number => (isOwnDisk ? client.mirror.missedBytes : 0);
  const room = new RoomKeeper({
    ...common,
    job: parts.name,
    minFree,
    missedBytes,
    wallMs: () => systemClock.wallMs(),
    space: diskSpace,
  });
  return { ...common, clock: systemClock, rule: () => trashRule(settings.configuration), room };
}

/** Begins; `failed` is told of faults of the program. The returned function ends it and resolves when nothing is being deleted any more. */
export function keepTrash(host: TrashKeeperHost, failed: (error: unknown) => void): () => Promise<void> {
  let isStopped = false;
  let running = Promise.resolve();
  let looks = 0;
  let cancel = host.clock.after(INTERVAL_MS, begin);
  function begin(): void {
    const isRuleDue = looks % LOOKS_FOR_RULE === 0;
    looks += 1;
    running = (isRuleDue ? pruneOnce(host) : host.room.look()).catch(failed).finally(() => {
      if (!isStopped) cancel = host.clock.after(INTERVAL_MS, begin);
    });
  }
  return () => {
    isStopped = true;
    cancel();
    return running;
  };
}

/** Applies the rule now, and makes room where there is too little, unless nothing may be deleted. */
export async function pruneOnce(host: TrashKeeperHost): Promise<void> {
  await pruneByRule(host);
  await host.room.look();
}

function onceForEach(tell: (path: string) => void): (path: string) => void {
  const told = new Set<string>();
  return (path) => {
    if (!told.has(path)) tell(path);
    told.add(path);
  };
}

async function pruneByRule(host: TrashKeeperHost): Promise<void> {
  const { clock, trashDir, rule, mayPrune, mounted, note, warn } = host;
  const { days, maxBytes } = rule();
  if ((days === 0 && maxBytes === 0) || !mayPrune()) return;
  try {
    const unreadable: Unreadable = (path, { code }) =>
      code === MOUNTED_IN_TRASH
        ? mounted(path)
        : warn(`The size of ${path} in the trash is not known (${code}).`);
    for (const day of await pruneTrash(trashDir, { days, maxBytes }, clock.wallMs(), unreadable, mayPrune))
      note(`The trash of ${day} was deleted for good.`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    warn(`The trash could not be emptied, which is tried again in an hour: ${message}`);
  }
}
