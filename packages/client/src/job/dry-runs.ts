/**
 * A job with DryRun = yes and a Schedule: each run that is due says what it would do. Nothing of it is remembered, so
 * what was missed while the client was off is not made up for.
 */
import { type Clock, NEVER_RUN } from '@lanmirror/engine/core';
import {
  type Configuration,
  EXIT,
  type ExitCode,
  type LogLevel,
  readScheduleRules,
  type ScheduleRules,
  UserError,
} from '@lanmirror/engine/host';
import type { FollowSettings } from '../control/settings-feed.ts';
import { RunDesk, type RunKeeper } from '../run/run-desk.ts';
import type { RunEnd } from '../run/run-loop.ts';

export interface DryRunsHost {
  readonly clock: Clock;
  /** Of the beginning. */
  readonly configuration: Configuration;
  readonly follow: FollowSettings;
  /** Names the job: its runs are spread by it. */
  readonly seed: string;
  /** Resolves when a person wants it to end. */
  readonly ended: Promise<unknown>;
  /** One dry run with these settings, broken off when `ended` resolves. */
  pass(configuration: Configuration, ended: Promise<unknown>): Promise<ExitCode>;
  say(level: LogLevel, text: string): void;
  /** Is told how to learn what it waits for. */
  rests(why: () => string): void;
}

/** Whether its dry runs come by times; else there is one, at once. */
export function isDryByTimes({ get }: Pick<Configuration, 'get'>): boolean {
  return readScheduleRules(get).sync !== undefined;
}

/** Until a person ends it, or the schedule is gone. Rejects with faults of the program. */
export async function dryRunsByTimes(host: DryRunsHost): Promise<ExitCode> {
  const settings = { configuration: host.configuration };
  let desk: RunDesk | undefined;
  let hardError: (error: unknown) => void = () => undefined;
  let over: () => void = () => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    hardError = reject;
    over = resolve;
  });
  void host.ended.then(over);
  const feed = await host.follow(host.configuration, (configuration) => {
    settings.configuration = configuration;
    if (isDryByTimes(configuration)) desk?.reconfigure();
    else over();
  });
  try {
    desk = newDesk(host, () => settings.configuration, hardError);
    host.rests(() => desk?.rest ?? '');
    desk.begin();
    await ended;
  } finally {
    await desk?.close();
    await feed.close();
  }
  return EXIT.done;
}

function newDesk(
  host: DryRunsHost,
  configuration: () => Configuration,
  failed: (error: unknown) => void,
): RunDesk {
  const { clock, seed } = host;
  let meta: RunKeeper['meta'] = { runs: { sync: NEVER_RUN, verify: NEVER_RUN } };
  return new RunDesk({
    ...{ clock, seed, failed },
    state: {
      get meta() {
        return meta;
      },
      setMeta(changed) {
        meta = changed;
      },
      flushed: () => Promise.resolve(),
    },
    rules: () => dryRules(configuration()),
    connect: () => undefined,
    rest: () => undefined,
    sync: (signal) => runOnce(host, configuration(), signal),
    verify: () => Promise.reject(new Error('a dry run verifies nothing')),
    isHalted: () => false,
    isJoined: () => true,
    say: (level, text) => host.say(level, text),
  });
}

/** What a live mirror does at once, a dry run says at once. */
function dryRules({ get }: Configuration): ScheduleRules {
  const rules = readScheduleRules(get);
  return { ...rules, isLive: false, isSyncOnStart: rules.isLive || rules.isSyncOnStart, verify: undefined };
}

/** What a person can mend is the end that it comes to. */
async function runOnce(
  host: DryRunsHost,
  configuration: Configuration,
  signal: AbortSignal,
): Promise<RunEnd> {
  const ended = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve());
    if (signal.aborted) resolve();
  });
  try {
    const exit = await host.pass(configuration, ended);
    return { exit, text: `a dry run, which the same run would have ended with ${exit}` };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { exit: error.exitCode, text: [error.message, error.nextStep].filter(Boolean).join(' ') };
  }
}
