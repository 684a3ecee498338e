/** What a running client says of itself, as data and as lines for a person. Pure. */
import {
  describeTraits,
  type Fingerprint,
  type FingerprintAt,
  type FingerprintComparison,
  type TargetTraits,
  type Workers,
} from '@lanmirror/engine/core';
import {
  type BandwidthReport,
  bandwidthLines,
  cureLines,
  displayName,
  listedLines,
  localTimeOf,
  type ProblemReport,
  problemLines as reportLines,
  type ScrubReport,
  scrubLines,
  statusLine,
  typedCommand,
} from '@lanmirror/engine/host';

import type { CleanFacts } from '../clean/clean-desk.ts';
import { cleanedLines, cleanLines } from '../clean/clean-text.ts';
import { asTyped, lineFor } from '../job/job-line.ts';
import { type KeptFacts, keptLine, keptText } from '../mirror/kept-text.ts';
import { type PassedFacts, passedLine, passedText } from '../mirror/passed-text.ts';
import { type SyncExceptions, syncText } from '../mirror/sync-text.ts';
import { paceLines } from '../mirror/target-kind-text.ts';
import type { PaceFacts } from '../mirror/target-pace.ts';
import { youngLine } from '../mirror/young-text.ts';
import { type RunReport, runLines } from '../run/run-report.ts';
import type { SourceWord } from '../source/source-word.ts';
import type { WaitingFiles } from '../state/aging.ts';
import { fingerprintLines } from './fingerprint-line.ts';
import { type SourceStatus, sourceLines } from './source-status.ts';

/** Of each kind of problem so many are lines; `--json` has more. */
const MAX_LINES = 20;

export interface MirrorFacts {
  readonly isConnected: boolean;
  /** Why nothing is written here; '' when the target is there. */
  readonly targetHalt: string;
  /** Why the server waits; '' when it does not. */
  readonly serverHalt: string;
  /** Deletions wait for a person. */
  readonly isHeld: boolean;
  /** Why no session with the server is wanted now; '' when one is. */
  readonly rest: string;
  /** All changes up to here are applied and durable; -1 before that is so. */
  readonly syncedAt: number;
  /** As far as the source is known to be; -1 while it is not known. */
  readonly head: number;
}

export type MirrorCondition =
  | 'halted'
  | 'resting'
  | 'connecting'
  | 'server-waits'
  | 'held'
  | 'catching-up'
  | 'in-sync';

export interface ClientStatus extends MirrorFacts {
  readonly program: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
  readonly source: string;
  readonly targetDir: string;
  readonly condition: MirrorCondition;
  /** Entries on the target. */
  readonly entries: number;
  /** Entries that differ from the source, or may. */
  readonly pending: number;
  /** Of what stands on the target now; null before there is anything. */
  readonly fingerprint: Fingerprint | null;
  /** Of the mirrored folder at the server, as it told last in this session. */
  readonly serverFingerprint: FingerprintAt | null;
  readonly comparison: FingerprintComparison;
  /** Paths that were found to differ although everything was applied, when the fingerprints say so. */
  readonly differing: readonly string[];
  /** How many they are in all. */
  readonly differingCount: number;
  /** Links that are left out because none are wanted. */
  readonly skippedLinks: number;
  /** It leaves out something by rules of its own: `fingerprint` is of less than the server has. */
  readonly hasOwnRules: boolean;
  /** Bytes of file contents received in this run. */
  readonly contentBytes: number;
  /** Its runs and its window. */
  readonly runs: RunReport;
  /** How many workers there are at most: `auto` is decided by the machine. */
  readonly workers: Workers & { readonly setting: string };
  /** What the target is taken for, and how hard it is worked on. */
  readonly pace: PaceFacts;
  /** What may be received. */
  readonly bandwidth: BandwidthReport;
  /** The last reading of all files again, or the present one; null when there was none. */
  readonly scrub: ScrubReport | null;
  /** Files that wait until they are old enough; null without any. */
  readonly young: WaitingFiles | null;
  /** Entries that the source does not have and a rule keeps: how many, the rule, and the first tops of them. */
  readonly kept: KeptFacts & { readonly paths: readonly string[] };
  /** Entries that are not here as the source has them, by the rule for comparing: how many, the rule, and the first of them. */
  readonly passed: PassedFacts & { readonly paths: readonly string[] };
  /** What goes from a source of this machine by a rule, or will after the next start; null without one. */
  readonly clean: CleanFacts | null;
  /** Files that went from the source, in any run, and are noted here. */
  readonly cleanedCount: number;
  readonly heldCount: number;
  /** Entries that are gone at the source and held: when the hold began, and now. */
  readonly held: { readonly atFirst: number; readonly now: number };
  /** While deletions are held: the server's index is a new one, so everything else waits, too. */
  readonly isSourceNew: boolean;
  /** The first tops of what would be deleted. */
  readonly heldPaths: readonly string[];
  /** The first of what waits with them: at the source it has the place of a folder that is kept here. */
  readonly behindPaths: readonly string[];
  /** How many they are in all. */
  readonly behindCount: number;
  /** What the target keeps of names, links, modes and times. */
  readonly traits: TargetTraits;
  /** Entries that stand under another name here, because the target cannot hold their own. */
  readonly renamedCount: number;
  /** The first of them: the path at the source, and the one here. */
  readonly renamed: readonly { readonly path: string; readonly placedPath: string }[];
  /** Paths that could not be handled here. */
  readonly problemCount: number;
  /** The first of them. */
  readonly problems: readonly ProblemReport[];
  /** Paths that the server could not read. */
  readonly unreadCount: number;
  /** The first of them. */
  readonly unread: readonly { readonly path: string; readonly code: string }[];
  /** How the source is, when it is a folder of this machine; null for a server. */
  readonly sourceFolder: SourceStatus | null;
  /** Why the last try to connect failed; '' when it did not. */
  readonly lastFault: string;
}

/** The one word for how a mirror is; what needs a person most comes first. */
export function conditionOf(facts: MirrorFacts): MirrorCondition {
  if (facts.targetHalt !== '') return 'halted';
  if (facts.isHeld) return 'held';
  if (facts.rest !== '') return 'resting';
  if (!facts.isConnected) return 'connecting';
  if (facts.serverHalt !== '') return 'server-waits';
  return facts.head >= 0 && facts.syncedAt === facts.head ? 'in-sync' : 'catching-up';
}

/** The lines of `status`; `job` is the name for commands that a person is to type, '' for the only mirror. */
export function statusText(status: ClientStatus, job = ''): string[] {
  const { program, pid, since, source, targetDir, entries, pending, contentBytes } = status;
  return [
    `${program} mirrors ${displayName(source)} to ${displayName(targetDir)} (process ${pid}, since ${localTimeOf(since)})`,
    statusLine('State', describe(status, job)),
    statusLine(
      'Entries',
      `${entries} here, ${pending} to be looked at; content received: ${contentBytes} bytes`,
    ),
    ...fingerprintLines({
      own: status.fingerprint ?? undefined,
      server: status.serverFingerprint ?? undefined,
      comparison: status.comparison,
      skippedLinks: status.skippedLinks,
      hasOwnRules: status.hasOwnRules,
      problems: status.problems.length,
      kept: status.kept,
      passed: status.passed,
      other: wordOf(status),
    }),
    ...runLines(status.runs),
    ...(status.young === null ? [] : [youngLine(status.young)]),
    ...cleanLines(status.clean),
    ...cleanedLines(status.cleanedCount, job),
    ...keptLines(status),
    ...passedLines(status),
    ...workerLines(status),
    ...paceLines(status.pace),
    ...bandwidthLines(status.bandwidth),
    ...sourceLines(status.sourceFolder),
    ...scrubLines(status.scrub),
    ...differingLines(status),
    ...holdLines(status, job),
    ...nameLines(status),
    ...problemLines(status, job),
  ];
}

/** A number that somebody wrote need not be told. */
function workerLines({ workers: { setting, most, large } }: ClientStatus): string[] {
  if (setting !== 'auto') return [];
  return [statusLine('Workers', `${most} at most, ${large} of them for large files (auto)`)];
}

function differingLines({ comparison, differing, differingCount }: ClientStatus): string[] {
  if (comparison !== 'differs' || differingCount === 0) return [];
  return [statusLine('Differ', `${differingCount} paths`), ...namedOf(differing, differingCount)];
}

function namedOf(paths: readonly string[], count: number): string[] {
  const named = paths.map((path) => `  ${displayName(path === '' ? '.' : path)}`);
  return listedLines(named, count);
}

function describe(status: ClientStatus, job: string): string {
  const { condition, targetHalt, serverHalt, heldCount, isSourceNew, lastFault, syncedAt, head, rest } =
    status;
  const word = wordOf(status);
  switch (condition) {
    case 'halted':
      return `HALTED: ${targetHalt}. Mount it again, and it goes on by itself; if it is to be filled again: ${lineFor(job, 'accept')}`;
    case 'held':
      return isSourceNew
        ? `HELD: ${deletions(heldCount)} for you, and everything else: the ${word}'s index is a new one, it may be another ${word === 'server' ? word : 'folder'}`
        : `HELD: ${deletions(heldCount)} for you; everything else goes on`;
    case 'resting':
      return rest;
    case 'connecting':
      return `no connection to the ${word}${lastFault === '' ? '' : ` (${displayName(lastFault)})`}; it is tried again`;
    case 'server-waits':
      return `the ${word} waits: ${displayName(serverHalt)}`;
    case 'catching-up':
      return head < 0 ? `connected, waiting for the ${word} to tell its tree` : `catching up with ${head}`;
    case 'in-sync':
      return syncText(
        `in sync at ${syncedAt}${keptText(status.kept)}${passedText(status.passed)}`,
        exceptionsOf(status),
        'see below',
      );
  }
}

function keptLines({ kept }: ClientStatus): string[] {
  if (kept.count === 0) return [];
  return [keptLine(kept), ...kept.paths.map((path) => `  ${displayName(path)}`)];
}

function passedLines({ passed }: ClientStatus): string[] {
  return passed.count === 0 ? [] : [passedLine(passed), ...namedOf(passed.paths, passed.count)];
}

function deletions(count: number): string {
  return count === 1 ? '1 deletion waits' : `${count} deletions wait`;
}

function holdLines(
  { heldCount, heldPaths, held, behindPaths, behindCount }: ClientStatus,
  job: string,
): string[] {
  if (heldCount === 0) return [];
  return [
    'Gone at the source, and kept here:',
    ...listedLines(
      heldPaths.map((path) => `  ${displayName(path)}`),
      heldCount,
    ),
    ...(held.now < held.atFirst
      ? [
          `When this began ${held.atFirst} entries were gone, now ${held.now} ${held.now === 1 ? 'is' : 'are'}. The rest waits all the same: it was gone together with them.`,
        ]
      : []),
    ...(behindCount === 0
      ? []
      : [
          'At the source now, and waiting for the place of a folder that is kept here:',
          ...namedOf(behindPaths, behindCount),
        ]),
    `If they are meant to go: ${lineFor(job, 'accept')}. If not, put them back at the source.`,
  ];
}

/** Nothing for a target that is like a usual disk of Linux. */
function nameLines({ traits, renamedCount, renamed }: ClientStatus): string[] {
  const phrases = describeTraits(traits);
  const lines = renamed.map(({ path, placedPath }) => `  ${displayName(path)} -> ${displayName(placedPath)}`);
  return [
    ...(phrases.length === 0 ? [] : [statusLine('Target', phrases.join(', '))]),
    ...(renamedCount === 0 ? [] : [`Under another name here: ${renamedCount}`]),
    ...firstOf(lines, renamedCount, `"${typedCommand('lanmirror-client status --json')}" has more`),
  ];
}

function wordOf({ sourceFolder }: ClientStatus): SourceWord {
  return sourceFolder === null ? 'server' : 'source';
}

function exceptionsOf(status: ClientStatus): SyncExceptions {
  const { problemCount, problems, unreadCount, unread } = status;
  return {
    reader: wordOf(status),
    failed: { count: problemCount, paths: problems.map(({ path }) => path) },
    unread: { count: unreadCount, paths: unread.map(({ path }) => path) },
  };
}

function problemLines(status: ClientStatus, job: string): string[] {
  const { problemCount, problems, sourceFolder } = status;
  // A source of this machine has said more of them.
  const { unreadCount, unread } = sourceFolder === null ? status : { unreadCount: 0, unread: [] };
  const there = unread.map(({ path, code }) => `  ${displayName(path)} (${displayName(code)})`);
  return [
    statusLine('Problems', problemCount === 0 ? 'none' : String(problemCount)),
    ...firstOf(
      reportLines(problems),
      problemCount,
      `"${typedCommand('lanmirror-client status --json')}" has more`,
    ),
    ...cureLines(problems).map((line) => asTyped(job, line)),
    ...(unreadCount === 0 ? [] : [`The server could not read: ${unreadCount}`]),
    ...firstOf(there, unreadCount, 'see "lanmirror-server status" and the log there'),
  ];
}

function firstOf(lines: readonly string[], count: number, where: string): string[] {
  return listedLines(lines.slice(0, MAX_LINES), count, where);
}
