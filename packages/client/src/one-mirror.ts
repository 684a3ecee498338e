/** A command about one mirror: by the client that runs on it, by reading what it left, or by mirroring here. */
import { join as joinPaths } from 'node:path';
import { type ProcessLimit, processLimit } from '@lanmirror/engine/core';
import {
  acquireLock,
  displayName,
  type ExitCode,
  type Progress,
  processSpeed,
  realPath,
  recordRunningWith,
} from '@lanmirror/engine/host';
import type { FollowSettings } from './control/settings-feed.ts';
import type { Job } from './mirror-job.ts';
import { PROGRAM, VERSION } from './program-name.ts';
import { onlyOf, requireKey, type Wanted } from './wanted.ts';

/** How a mirror runs in this process. */
export interface Running {
  /** `start` or `sync`. */
  readonly verb: string;
  readonly isDryRun: boolean;
  readonly progress: Progress;
  readonly follow: FollowSettings;
  /** The INI by which commands find it, whatever that says by then: absolute. '' for none, or for one of many. */
  readonly iniPath?: string;
  /** To which the process is held with all its mirrors; without it, to what the settings of this one say. */
  readonly limit?: ProcessLimit;
  /** Resolves when a person wants it to end. */
  readonly ended: Promise<unknown>;
}

/** What needs no mirroring by this process; undefined for what does. */
export async function doneElsewhere(wanted: Wanted): Promise<ExitCode | undefined> {
  const { words, flags, verb } = wanted.command;
  if (verb === 'trash' || verb === 'undo') {
    const { TRASH_COMMANDS } = await import('./trash/trash-command.ts');
    const [days, sourceDir] = [wanted.configuration.number('TrashDays'), wanted.configuration.text('Source')];
    return TRASH_COMMANDS[verb]({ ...wanted, words, flags, days, sourceDir, cwd: wanted.input.cwd });
  }
  if (verb === 'history') {
    const { historyCommand } = await import('./history/history-command.ts');
    return historyCommand({ ...wanted, words, flags, days: wanted.configuration.number('HistoryDays') });
  }
  if (verb === 'explain') {
    const { explainCommand } = await import('./control/explain-command.ts');
    return explainCommand({ ...wanted, typed: words[0] ?? '', isJson: flags.json === true });
  }
  if (verb === 'excluded') {
    const { excludedCommand } = await import('./excluded/excluded-command.ts');
    return excludedCommand({ ...wanted, words, flags });
  }
  if (verb === 'cleaned') {
    const { cleanedCommand } = await import('./cleaned/cleaned-command.ts');
    return cleanedCommand({ ...wanted, words, flags });
  }
  if (verb === 'verify') {
    const { verifyCommand } = await import('./verify/verify-command.ts');
    const options = { pattern: words[0] ?? '', isRepair: flags.repair === true, isJson: flags.json === true };
    return verifyCommand({ ...wanted, ...options });
  }
  return askInstead(wanted);
}

/** What a client that runs already does; undefined when this process has to do it. */
async function askInstead(wanted: Wanted): Promise<ExitCode | undefined> {
  const { name, configuration, targetDir, stateDir } = wanted;
  const { verb, flags } = wanted.command;
  const isPlainSync = verb === 'sync' && flags['dry-run'] !== true && flags.adopt !== true;
  if (verb === 'start' || (verb === 'sync' && !isPlainSync)) return undefined;
  const { ASKING, syncBeside } = await import('./control/ask.ts');
  const asking = {
    name,
    configuration,
    stateDir,
    targetDir,
    only: onlyOf(wanted.command),
    isJson: flags.json === true,
    isAgreed: flags.yes === true,
    timeoutSeconds: configuration.number('Timeout'),
  };
  return isPlainSync && configuration.text('SyncMode') !== 'full'
    ? syncBeside(asking)
    : ASKING[verb]?.(asking);
}

export async function mirrorHere(wanted: Wanted, running: Running): Promise<ExitCode> {
  const { name, command, configuration, targetDir, stateDir } = wanted;
  const { verb, isDryRun, progress, follow, ended } = running;
  const key = configuration.text('Source') === '' ? requireKey(wanted) : undefined;
  const { runMirror } = await import('./mirror-command.ts');
  const { systemClock } = await import('@lanmirror/engine/wire');
  const settings = { configuration };
  const {
    limit = processLimit(
      systemClock,
      processSpeed(() => settings.configuration),
    ),
  } = running;
  const locks = [acquireLock(joinPaths(stateDir, 'lock'), `A lanmirror-client for ${targetDir}`)];
  const { iniPath = '' } = running;
  const forget = recordRunningWith('client', iniPath, realPath(stateDir), wanted.input.env);
  try {
    const job: Job = {
      ...{ name, verb, configuration, stateDir, key, isDryRun, progress, follow, ended, locks },
      program: `${PROGRAM} ${VERSION}`,
      ...{ settings, limit },
      targetDir: realPath(targetDir),
      isAdopted: command.flags.adopt === true || (command.verb === 'join' && command.flags.yes === true),
      only: onlyOf(command),
    };
    const { runWithRoom } = await import('./state-room.ts');
    return await runWithRoom({
      ...{ stateDir, ended },
      isLive: verb === 'start' && !isDryRun,
      warn: (text) => progress.write('warn', displayName(text)),
      run: () => runMirror(job),
    });
  } finally {
    forget();
    for (const lock of locks) lock.release();
  }
}
