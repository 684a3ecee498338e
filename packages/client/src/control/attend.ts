/**
 * What a live client attends to besides its server: commands through the control socket, and changes of
 * its own INI. Owns the socket, the watch, and the configuration of the moment.
 */
import { availableParallelism } from 'node:os';
import { type DeleteRule, type FileOrder, PathFilter, workersOf } from '@lanmirror/engine/core';
import {
  CLIENT_SETTINGS,
  type Configuration,
  displayName,
  EXIT,
  type ExitCode,
  ignoresLetterCase,
  type Lock,
  type Progress,
  readCompareRule,
  readDeleteRule,
  readPriority,
  serveControl,
  sizeOrAuto,
} from '@lanmirror/engine/host';
import type { CleanDesk } from '../clean/clean-desk.ts';
import type { RunningClient } from '../client.ts';
import type { ConsoleReport } from '../mirror/console-report.ts';
import type { MirrorLimits } from '../mirror/mirror-options.ts';
import { lockTarget, rejoin } from '../mirror/prepare-target.ts';
import { RunDesk } from '../run/run-desk.ts';
import { runHost } from '../run/run-host.ts';
import type { SourceFolder } from '../source/source-folder.ts';
import { keeperHost, keepTrash } from '../trash/trash-keeper.ts';
import { ownRulesOf } from './own-rules-of.ts';
import { passSettings } from './setting-conflict.ts';
import type { FollowSettings } from './settings-feed.ts';
import { type ClientControl, clientVerbs } from './verbs.ts';

export interface Attended {
  /** The job; '' for the only mirror. */
  readonly name: string;
  readonly client: RunningClient;
  readonly report: ConsoleReport;
  readonly progress: Progress;
  readonly follow: FollowSettings;
  /** Of the start. */
  readonly configuration: Configuration;
  /** Replaced at a reload. */
  readonly settings: { configuration: Configuration };
  readonly stateDir: string;
  readonly targetDir: string;
  readonly source: string;
  /** The source, when it is a folder of this machine. */
  readonly folder: SourceFolder | undefined;
  /** What takes files from that; begins with this. */
  readonly cleanDesk: CleanDesk | undefined;
  readonly program: string;
  /** Given back when the program ends. */
  readonly locks: Lock[];
}

export interface Attendance {
  /** Somebody asked it to stop. */
  readonly stopped: Promise<ExitCode>;
  close(): Promise<void>;
}

/** Begins to listen. `failed` is told of faults of the program. */
export async function attend(parts: Attended, failed: (error: unknown) => void): Promise<Attendance> {
  const { client, report, progress, settings } = parts;
  // What is not live stays as it was at the start, whatever the INI says by now.
  const { configuration: first } = parts;
  // The INI is read again before the runs are there, which begin with what it says then.
  let desk: RunDesk | undefined;
  const feed = await parts.follow(settings.configuration, (configuration) => {
    settings.configuration = configuration;
    client.mirror.reconfigure(limitsOf(configuration), ownRulesOf(configuration));
    desk?.reconfigure();
    parts.cleanDesk?.reconfigure();
  });
  let stop = (): void => undefined;
  const stopped = new Promise<ExitCode>((resolve) => {
    stop = () => resolve(EXIT.done);
  });
  const control: Omit<ClientControl, 'runs'> = {
    ...{ client, report, stop, folder: parts.folder, cleanFacts: () => parts.cleanDesk?.facts ?? null },
    ...{ program: parts.program, source: parts.source, targetDir: parts.targetDir },
    settings: () =>
      passSettings(CLIENT_SETTINGS, ({ key, isLive }) =>
        (isLive === true ? settings.configuration : first).text(key),
      ),
    async join() {
      await rejoin(parts.targetDir, client.state, parts.stateDir);
      parts.locks.push(lockTarget(parts.targetDir, parts.stateDir));
    },
    reload: () => feed.reload(),
  };
  const runs = new RunDesk(runHost(parts, control, failed));
  const scrub = client.scrub({
    failed,
    days: () => settings.configuration.number('ScrubDays'),
    damaged: (path) =>
      progress.write(
        'error',
        `Damaged on this disk, though nobody changed it: ${displayName(path)}. It is fetched again; what was here goes to the trash. Look at the disk.`,
      ),
    ended: ({ read, found }) =>
      progress.write(found === 0 ? 'info' : 'error', `Scrub finished: ${read} files read, ${found} damaged.`),
  });
  const releaseTrash = keepTrash(keeperHost(parts), failed);
  const haltChanged = (): void => runs.haltChanged();
  const leave = [report.subscribe(haltChanged), parts.folder?.subscribe(haltChanged)];
  const socket = await serveControl(parts.stateDir, clientVerbs({ ...control, runs }), process.env, failed);
  runs.begin();
  desk = runs;
  parts.cleanDesk?.begin();
  return {
    stopped,
    async close() {
      for (const end of leave) end?.();
      // Nothing is mirrored any more while the others are waited for.
      await Promise.all([runs.close(), socket.close(), feed.close()]);
      await releaseTrash();
      await scrub.stop();
    },
  };
}

/** What a configuration asks for when something is deleted at the source. */
export function deleteRuleOf(configuration: Configuration, platform = process.platform): DeleteRule {
  const { never, ...rule } = readDeleteRule(configuration.get);
  return { ...rule, never: new PathFilter(never, { ignoresCase: ignoresLetterCase(platform) }) };
}

/** The limits that a reload changes in a running client. */
export function limitsOf(configuration: Configuration): MirrorLimits {
  const maxWorkers = configuration.text('MaxWorkers');
  return {
    maxWorkers: workersOf(maxWorkers === 'auto' ? 'auto' : Number(maxWorkers), availableParallelism()),
    checkIntervalMs: configuration.number('CheckHours') * 3_600_000,
    historyDays: configuration.number('HistoryDays'),
    minFreeSpace: sizeOrAuto(configuration, 'MinFreeSpace'),
    deleteRule: deleteRuleOf(configuration),
    keepsTrash: configuration.text('Trash') === 'yes',
    compare: readCompareRule(configuration.get),
    fetchOrder: {
      priority: readPriority(configuration.get('Priority')),
      order: configuration.text('Order') as FileOrder,
    },
    policy: { holdPercent: configuration.number('HoldPercent'), holdMin: configuration.number('HoldMin') },
  };
}
