/** What a running client is for its runs. */
import { hostname } from 'node:os';
import { windowAt } from '@lanmirror/engine/core';
import {
  type Configuration,
  createLog,
  EXIT,
  type LogLevel,
  readScheduleRules,
  type ScheduleRules,
} from '@lanmirror/engine/host';
import { systemClock } from '@lanmirror/engine/wire';
import type { PassControl } from '../control/asked-pass.ts';
import type { Attended } from '../control/attend.ts';
import { keeperHost, pruneOnce } from '../trash/trash-keeper.ts';
import type { RunDeskHost } from './run-desk.ts';
import { repairText } from './run-report.ts';
import { syncRun } from './sync-run.ts';
import { verifyRun } from './verify-run.ts';

/** `failed` is told of faults of the program. */
export function runHost(
  parts: Attended,
  control: PassControl,
  failed: (error: unknown) => void,
): RunDeskHost {
  const { client, report, settings, progress, targetDir } = parts;
  const rules = rulesOf(() => settings.configuration);
  const log = createLog(
    () => settings.configuration.text('LogLevel') as LogLevel,
    (level, text) => progress.write(level, text),
  );
  return {
    ...{ clock: systemClock, state: client.state, rules, failed },
    seed: `${settings.configuration.text('Name') || hostname()} ${targetDir}`,
    connect() {
      report.starting();
      client.connect();
    },
    rest: () => client.rest(),
    async sync(signal) {
      const timeoutSeconds = settings.configuration.number('Timeout');
      const { isLive } = rules();
      const end = await syncRun(control, { timeoutSeconds, isLive }, signal);
      // Beside its runs it is not in sync with anybody, so nothing would ever be deleted for good.
      const isOver = end.exit === EXIT.done || end.exit === EXIT.someFailed;
      if (isOver && !signal.aborted && !rules().isLive) await tidyUp(parts, signal);
      return end;
    },
    verify: (signal) =>
      verifyRun(
        {
          compare: (wanted, stopped) => client.compare(wanted, stopped),
          haltReason: () => client.mirror.haltReason,
          repair: (ids) => client.mirror.requests.repair(ids),
          repairText: () =>
            repairText(rules(), windowAt(rules().windows, systemClock.wallMs()), isServed(parts)),
          warn: (text) => log.warn(text),
          job: parts.name,
        },
        rules().isVerifyRepair,
        signal,
      ),
    isHalted: () => isHalted(parts),
    isJoined: () => client.state.meta.targetId !== '',
    say: (level, text) => log[level](text),
  };
}

/** Something stands in the way of every run, as far as that is known without a session. */
function isHalted({ client, report, folder }: Attended): boolean {
  return client.mirror.haltReason !== '' || report.sourceHalt !== '' || (folder?.share.halt ?? '') !== '';
}

/** There is a session, and a source behind it that is not halted. */
function isServed({ client, report }: Attended): boolean {
  return client.link !== undefined && report.sourceHalt === '';
}

/** What is due at the end of a pass; nothing more of it when `signal` is aborted. */
async function tidyUp(parts: Attended, signal: AbortSignal): Promise<void> {
  await parts.cleanDesk?.cleanNow(signal);
  if (!signal.aborted) await pruneOnce(keeperHost(parts));
}

/** Read again only when the configuration is another. */
function rulesOf(configuration: () => Configuration): () => ScheduleRules {
  let from: Configuration | undefined;
  let rules: ScheduleRules | undefined;
  return () => {
    const now = configuration();
    if (rules === undefined || from !== now) rules = readScheduleRules(now.get);
    from = now;
    return rules;
  };
}
