/** What a report asks of a mirror, before and after it runs. */
import type { RunningClient } from './client.ts';
import { deleteRuleOf } from './control/attend.ts';
import type { ReportFacts } from './mirror/console-report.ts';
import { heldList } from './mirror/held-list.ts';
import type { KeptFacts } from './mirror/kept-text.ts';
import type { PassedFacts } from './mirror/passed-text.ts';
import type { Job } from './mirror-job.ts';
import { countMatching } from './plan/part.ts';
import { countPassed } from './plan/passed.ts';
import { sourceWordOf } from './source/source-name.ts';
import type { MirrorState } from './state/mirror-state.ts';

/**
 * The facts of a mirror with this state. `running`: itself, undefined before it runs; until then what it would know is
 * taken from the state, or is nothing.
 */
export function reportFacts(
  { configuration, settings }: Pick<Job, 'configuration' | 'settings'>,
  state: MirrorState,
  running: () => RunningClient | undefined,
): ReportFacts {
  const mirror = (): RunningClient['mirror'] | undefined => running()?.mirror;
  const kept = (): KeptFacts =>
    mirror()?.kept ?? { count: state.meta.keptEntries, rule: deleteRuleOf(settings.configuration) };
  const passed = (): PassedFacts => ({ count: countPassed(state), rule: state.meta.compare });
  return {
    part: () => partOf(running()),
    failedPaths: () => mirror()?.problems.map(({ path }) => path) ?? [],
    heldList: (most) => mirror()?.hold.list(most) ?? heldList(state, [], most),
    skippedLinks: () => mirror()?.skippedLinks ?? 0,
    kept,
    passed,
    young: () => state.ownRules.aging.waiting,
    fingerprints: () => ({
      own: state.fingerprint,
      server: mirror()?.fingerprints.server,
      comparison: mirror()?.fingerprints.comparison ?? 'unknown',
      skippedLinks: mirror()?.skippedLinks ?? 0,
      hasOwnRules: !state.ownRules.isEmpty,
      problems: mirror()?.problems.length ?? 0,
      kept: kept(),
      passed: passed(),
      other: sourceWordOf(configuration),
    }),
    isLeftOut: (path) => state.ownRules.isExcluded(path),
    contentBytes: () => running()?.contentBytes ?? 0,
  };
}

function partOf(client: RunningClient | undefined): ReturnType<ReportFacts['part']> {
  const pattern = client?.mirror.part;
  const { isPartFound: isFound = true } = client?.mirror ?? {};
  return client && pattern && { pattern, count: () => countMatching(client.state, pattern), isFound };
}
