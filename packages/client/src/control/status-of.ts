/** Reads the status of a running client. */

import { adviceFor } from '@lanmirror/engine/core';
import { bandwidthReport, type ProblemReport, problemReport, scrubReport } from '@lanmirror/engine/host';
import type { Problem } from '../apply/problem-list.ts';
import { firstKeptPaths } from '../plan/kept.ts';
import { firstPassedPaths } from '../plan/passed.ts';
import { renamedPaths } from '../state/placement.ts';
import { sourceStatusOf } from './source-status.ts';
import { type ClientStatus, conditionOf } from './status.ts';
import type { ClientControl } from './verbs.ts';

const MAX_LISTED = 20;
/** Problems in a status: as many as fit into one answer with long paths. */
const MAX_PROBLEMS = 1000;

function reportOf(problem: Problem): ProblemReport {
  const { nextTryMs } = problem;
  const nextTry = nextTryMs === undefined ? undefined : Date.now() + nextTryMs - performance.now();
  return problemReport(problem, adviceFor(problem.code).cure, nextTry);
}

/** How it is now. `since`: when it began, as a text. */
export function statusOf(control: ClientControl, since: string): ClientStatus {
  const { client, report, program, source, targetDir, folder } = control;
  const { mirror } = client;
  const { problems } = mirror;
  const unread = report.unreadAtSource;
  const renamed = renamedPaths(client.state);
  const facts = {
    isConnected: client.link !== undefined,
    targetHalt: mirror.haltReason,
    serverHalt: report.sourceHalt,
    isHeld: mirror.hold.isHeld,
    syncedAt: mirror.syncedAt,
    head: mirror.head,
    rest: client.link === undefined ? control.runs.rest : '',
  };
  return {
    ...facts,
    ...{ program, pid: process.pid, since, source, targetDir, condition: conditionOf(facts) },
    // As the server counts them: the mirrored folder itself is none.
    entries: Math.max(0, client.state.meta.baselineEntries - 1),
    pending: client.state.dirtyCount(),
    fingerprint: client.state.fingerprint ?? null,
    serverFingerprint: mirror.fingerprints.server ?? null,
    // While something is on its way, what was compared last is of the past.
    comparison: conditionOf(facts) === 'in-sync' ? mirror.fingerprints.comparison : 'unknown',
    differing: mirror.differences.paths.slice(0, MAX_LISTED),
    differingCount: mirror.differences.paths.length,
    skippedLinks: mirror.skippedLinks,
    hasOwnRules: !client.state.ownRules.isEmpty,
    contentBytes: client.contentBytes,
    runs: control.runs.report,
    workers: { setting: String(control.settings().MaxWorkers), ...mirror.workers },
    pace: mirror.pace,
    bandwidth: bandwidthReport(String(control.settings().BwLimit), client.bytesPerSecond),
    scrub: scrubReport(client.state.meta.scrub),
    traits: client.state.meta.traits,
    renamedCount: renamed.length,
    renamed: renamed.slice(0, MAX_PROBLEMS),
    young: client.state.ownRules.aging.waiting ?? null,
    passed: { ...mirror.passed, paths: firstPassedPaths(client.state, MAX_LISTED) },
    clean: control.cleanFacts(),
    cleanedCount: client.cleaned.count,
    kept: { ...mirror.kept, paths: firstKeptPaths(client.state, MAX_LISTED) },
    heldList: mirror.hold.list(mirror.hold.isHeld ? MAX_LISTED : 0),
    held: mirror.hold.counts,
    isSourceNew: client.state.meta.isSourceNew && mirror.hold.isHeld,
    behindPaths: mirror.hold.behindPaths.slice(0, MAX_LISTED),
    behindCount: mirror.hold.behindPaths.length,
    problemCount: problems.length,
    problems: problems.slice(0, MAX_PROBLEMS).map(reportOf),
    unreadCount: unread.count,
    unread: unread.problems,
    sourceFolder: folder === undefined ? null : sourceStatusOf(folder.share),
    lastFault: client.link === undefined ? report.lastFault : '',
  };
}
