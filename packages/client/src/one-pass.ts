/** `sync`: one pass over everything that had happened on the server when it was asked, and its verdict. */
import { type Configuration, displayName, EXIT, type ExitCode, UserError } from '@lanmirror/engine/host';
import type { RunningClient } from './client.ts';
import { drainedHead } from './drained-head.ts';
import type { ConsoleReport } from './mirror/console-report.ts';
import { serverAddress } from './session/server-name.ts';
import { watchSilence } from './silence.ts';

const MAX_LISTED = 100;

export interface OnePass {
  readonly configuration: Configuration;
  readonly client: RunningClient;
  readonly report: ConsoleReport;
  readonly isDryRun: boolean;
}

/** Resolves when the pass is over, or a guard says no. Rejects with UserError when the server is silent for too long. */
export function untilPassed(pass: OnePass): Promise<ExitCode> {
  const { client, report } = pass;
  return new Promise((resolve, reject) => {
    let wanted: number | undefined;
    const seconds = pass.configuration.number('Timeout');
    const stopWatching = watchSilence(
      () => client.activity,
      seconds,
      () => reject(noAnswer(pass)),
    );
    const done = (code: ExitCode): void => {
      stopWatching();
      resolve(code);
    };
    const finish = (): void => {
      if (pass.isDryRun) tellDryRun(client);
      for (const { path, code, message } of client.mirror.problems.slice(0, MAX_LISTED))
        process.stderr.write(`Failed: ${displayName(path)}: ${displayName(message)} (${code})\n`);
      done(verdictOf(client, report));
    };
    const look = (sequence: number): void => {
      if (report.isHeld || report.sourceHalt !== '') return done(EXIT.held);
      if (sequence < 0) return;
      if (wanted === undefined) {
        wanted = Number.POSITIVE_INFINITY;
        void drainedHead(client, report).then((head) => {
          wanted = head;
          look(client.mirror.syncedAt);
        });
      } else if (sequence >= wanted) finish();
    };
    report.subscribe(look);
    // The client was started before: what was told since then was told to nobody.
    look(client.mirror.syncedAt);
  });
}

function noAnswer({ configuration, report }: OnePass): UserError {
  const seconds = configuration.number('Timeout');
  const why = report.lastFault === '' ? '' : ` (${report.lastFault})`;
  return new UserError(
    'NO_SERVER',
    `The server ${serverAddress(configuration)} did not answer for ${seconds} second${seconds === 1 ? '' : 's'}${why}.`,
    'Is it running? Do the address and the port match? If it is still scanning, wait longer with --timeout.',
    EXIT.noConnection,
  );
}

function verdictOf({ mirror }: RunningClient, report: ConsoleReport): ExitCode {
  if (mirror.isHeld) return EXIT.held;
  return mirror.problems.length + report.unreadAtSource.count > 0 ? EXIT.someFailed : EXIT.done;
}

function tellDryRun(client: RunningClient): void {
  const plan = client.mirror.dryRunPlan;
  if (plan === undefined) return;
  const { view, baseline } = client.state;
  let said = 0;
  const say = (what: string, ids: readonly number[]): void => {
    for (const id of ids) {
      const path = view.pathOf(id) ?? baseline.pathOf(id);
      if (path === undefined) continue;
      process.stdout.write(`${what} ${path === '' ? '.' : displayName(path)}\n`);
      said += 1;
    }
  };
  say('Would rename:', [...plan.moves.map(({ id }) => id), ...plan.parks]);
  say('Would move to trash:', plan.removals);
  say('Would create:', plan.places);
  say('Would fetch:', plan.contents);
  say('Would set mode or time:', plan.metadata);
  if (said === 0) process.stdout.write('Nothing to do.\n');
}
