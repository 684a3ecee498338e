/** `sync`: one pass over everything that had happened on the server when it was asked, and its verdict. */
import { PARKED_PARENT } from '@lanmirror/engine/core';
import {
  type Configuration,
  displayName,
  EXIT,
  type ExitCode,
  type Progress,
  UserError,
} from '@lanmirror/engine/host';
import type { CleanDesk } from './clean/clean-desk.ts';
import type { RunningClient } from './client.ts';
import { drainedHead } from './drained-head.ts';
import type { ConsoleReport } from './mirror/console-report.ts';
import { heldList } from './mirror/held-list.ts';
import { goneText } from './mirror/hold-text.ts';
import { ruleText } from './mirror/passed-text.ts';
import { noMatch } from './no-match.ts';
import { firstPassedPaths } from './plan/passed.ts';
import type { Link } from './session/link.ts';
import { serverAddress } from './session/server-name.ts';
import { watchSilence } from './silence.ts';
import { sourcePathOf } from './state/placement.ts';

const MAX_LISTED = 100;

export interface OnePass {
  readonly configuration: Configuration;
  readonly client: RunningClient;
  readonly report: ConsoleReport;
  readonly progress: Progress;
  readonly isDryRun: boolean;
  /** What would go from a source of this machine. */
  readonly cleanDesk?: CleanDesk | undefined;
  /** The same without `--dry-run` would ask a person before it does anything, and nobody could answer. */
  readonly isAgreementMissing: boolean;
}

/** Resolves when the pass is over, or a guard says no. Rejects with UserError when the server is silent for too long. */
export function untilPassed(pass: OnePass): Promise<ExitCode> {
  const { client, report } = pass;
  return new Promise((resolve, reject) => {
    let wanted: number | undefined;
    let answered: Link | undefined;
    const seconds = pass.configuration.number('Timeout');
    const stopWatching = watchSilence(
      { activity: () => client.activity, isBusy: () => client.isBusy },
      seconds,
      () => reject(noAnswer(pass)),
    );
    const done = (code: ExitCode): void => {
      stopWatching();
      resolve(code);
    };
    const finish = (): void => {
      const { part, isPartFound } = client.mirror;
      if (part !== undefined && !isPartFound && verdictOf(pass) === EXIT.done) {
        stopWatching();
        return reject(noMatch(part.text));
      }
      if (pass.isDryRun) tellDryRun(pass);
      for (const { path, code, message } of client.mirror.problems.slice(0, MAX_LISTED))
        pass.progress.write(
          'error',
          `Failed: ${displayName(path === '' ? '.' : path)}: ${displayName(message)} (${code})`,
        );
      done(verdictOf(pass));
    };
    const look = (sequence: number): void => {
      if (report.isHeld || report.sourceHalt !== '') return done(EXIT.held);
      if (sequence < 0) return;
      if (wanted === undefined) ask();
      else if (sequence >= wanted) void prove();
      // The index of another session may be another one, or an older copy, and never come to that head.
      else if (Number.isFinite(wanted) && client.link !== undefined && client.link !== answered) ask();
    };
    const ask = (): void => {
      wanted = Number.POSITIVE_INFINITY;
      void drainedHead(client, report).then((head) => {
        wanted = head;
        answered = client.link;
        look(client.mirror.syncedAt);
      });
    };
    let proving: Link | undefined;
    const prove = async (): Promise<void> => {
      const { link, mirror } = client;
      if (link === undefined || pass.isDryRun || mirror.part !== undefined) return finish();
      if (proving === link) return;
      proving = link;
      await mirror.differences.untilSettled();
      finish();
    };
    report.subscribe(look);
    // The client was started before: what was told since then was told to nobody.
    look(client.mirror.syncedAt);
  });
}

function sourceNameOf(configuration: Configuration): string {
  const dir = configuration.text('Source');
  return dir === '' ? `server ${serverAddress(configuration)}` : `source ${displayName(dir)}`;
}

function noAnswer({ configuration, report }: OnePass): UserError {
  const seconds = configuration.number('Timeout');
  const why = report.lastFault === '' ? '' : ` (${report.lastFault})`;
  return new UserError(
    'NO_SERVER',
    `The ${sourceNameOf(configuration)} did not answer for ${seconds} second${seconds === 1 ? '' : 's'}${why}.`,
    'Is it running? Do the address and the port match? If it is still scanning, wait longer with --timeout.',
    EXIT.noConnection,
  );
}

/** A dry run ends as the same run without it would have ended. */
function verdictOf({ client: { mirror }, report, isDryRun, isAgreementMissing }: OnePass): ExitCode {
  const isHeld = isDryRun ? isAgreementMissing || mirror.dryRun?.held !== undefined : mirror.hold.isHeld;
  if (isHeld) return EXIT.held;
  const isFailed = mirror.problems.length + report.unreadInPart.count > 0 || mirror.isDifferent;
  return isFailed ? EXIT.someFailed : EXIT.done;
}

function tellDryRun({ configuration, client, progress, isAgreementMissing, cleanDesk }: OnePass): void {
  const keepsTrash = configuration.text('Trash') === 'yes';
  const tell = (text: string): void => progress.write('info', text);
  const { plan, staying = [], behind = new Set<number>(), held } = client.mirror.dryRun ?? {};
  if (plan === undefined) return;
  const { view } = client.state;
  let said = 0;
  const say = (what: string, ids: readonly number[]): void => {
    for (const id of ids) {
      const path = view.pathOf(id) ?? sourcePathOf(client.state, id);
      if (path === undefined) continue;
      tell(`${what} ${path === '' ? '.' : displayName(path)}`);
      said += 1;
    }
  };
  say('Would rename:', [...plan.moves.map(({ id }) => id), ...plan.parks]);
  // What only stands here goes to the trash in any case.
  const isForGood = (id: number): boolean => !keepsTrash && id > PARKED_PARENT;
  if (held === undefined) {
    say(
      'Would move to trash:',
      plan.removals.filter((id) => !isForGood(id)),
    );
    say('Would delete for good (Trash = no):', plan.removals.filter(isForGood));
  } else say('Would be held, not deleted:', plan.removals);
  say('Would keep:', staying);
  say('Would wait for its place, which something that stays has:', [...behind]);
  const passed = client.mirror.passed;
  for (const path of firstPassedPaths(client.state, MAX_LISTED))
    tell(`Would leave as it is: ${displayName(path)} (${ruleText(passed.rule)})`);
  if (passed.count > MAX_LISTED) tell(`... and ${passed.count - MAX_LISTED} more (${ruleText(passed.rule)})`);
  say('Would create:', plan.places);
  say('Would fetch:', plan.contents);
  const created = new Set(plan.places);
  say(
    'Would set mode or time:',
    plan.metadata.filter((id) => !created.has(id)),
  );
  said += cleanDesk?.tellPreview(MAX_LISTED) ?? 0;
  if (held !== undefined)
    tell(
      `Would be HELD: ${goneText({ ...held, hasExtras: heldList(client.state, plan.removals, 0).hasExtras })}`,
    );
  if (isAgreementMissing)
    tell('The target was never a mirror: --adopt, or a yes on a terminal, is needed for this.');
  if (said === 0) tell('Nothing to do.');
}
