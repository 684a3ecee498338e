/** What a mirror is given and what it tells. */
import type {
  Clock,
  CompareRule,
  DeleteRule,
  FingerprintComparison,
  HoldPolicy,
  Random,
  TargetKindFinding,
  TargetTraits,
  Workers,
} from '@lanmirror/engine/core';
import type { TypedPattern } from '@lanmirror/engine/host';
import type { WritableTree } from '@lanmirror/engine/tree';
import type { FetchOrder } from '../apply/file-keys.ts';
import type { Problem } from '../apply/problem-list.ts';
import type { Report } from '../apply/report.ts';
import type { CleanedRecord } from '../clean/cleaned-record.ts';
import type { AdoptionSummary } from '../plan/difference.ts';
import type { CheckResult } from '../plan/node-check.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import type { OwnRuleSet } from '../state/own-rules.ts';
import type { GuardCounts } from './delete-guard.ts';
import type { PassReport } from './pass.ts';

export interface MirrorReport extends Report, PassReport {
  /** Equal to the source as of `sequence`, durable; `problems` paths apart. */
  inSync(sequence: number, problems: number): void;
  /** What the fingerprints of target and source prove now. */
  compared(comparison: FingerprintComparison): void;
  /** What the target keeps of names, links, modes and times, before anything is planned. */
  traits(traits: TargetTraits): void;
  /** Whether the target is taken for a disk or for a network drive, and why. */
  targetKind(finding: TargetKindFinding): void;
  /** What was removed while this mirror was away is known: so many folders were compared, so many entries told. */
  searched(folders: number, entries: number): void;
  /** The mirror was in sync, and differs all the same at these paths; `isLeft`: it could not be mended. */
  differing(paths: readonly string[], isLeft: boolean): void;
  /** The rules exclude these paths now: what stands there stays, and is mirrored no more. */
  leftAlone(paths: readonly string[]): void;
  /** The rules of this mirror itself do not exclude these paths of the source any more. */
  letIn(paths: readonly string[]): void;
  problem(problem: Problem): void;
  held(counts: GuardCounts, isSourceNew: boolean): void;
  /** The target is not what it was: everything waits. '' when it is back. */
  targetHalt(reason: string): void;
  checked(result: CheckResult): void;
  /** The contents of this many files, taken over by size and time, are being compared; 0 when all are. */
  comparing(files: number): void;
  /** For an adoption: what would be done, before anything is. Resolves to whether to go on. */
  confirm(plan: AdoptionSummary): Promise<boolean>;
}

/** What may change while a mirror runs. */
export type MirrorLimits = Pick<
  MirrorOptions,
  | 'maxWorkers'
  | 'policy'
  | 'checkIntervalMs'
  | 'historyDays'
  | 'minFreeSpace'
  | 'deleteRule'
  | 'keepsTrash'
  | 'compare'
  | 'fetchOrder'
>;

export interface MirrorOptions {
  readonly tree: WritableTree;
  readonly state: MirrorState;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: MirrorReport;
  readonly policy: HoldPolicy;
  readonly maxWorkers: Workers;
  /** Bytes that stay free on the disk of the target; `auto`: by its size; 0: nobody counts. */
  readonly minFreeSpace: number | 'auto';
  /** What becomes of what is gone at the source. */
  readonly deleteRule: DeleteRule;
  /** Which differences count; undefined for those that did before. */
  readonly compare?: CompareRule | undefined;
  /** The source is known by what it tells alone. */
  readonly isSourceRemote?: boolean | undefined;
  /** What was cleaned from the source because it is here, and stays whatever the rule says. */
  readonly cleaned?: CleanedRecord | undefined;
  /** What goes or is replaced at the source's will goes to the trash; else it is deleted at once. */
  readonly keepsTrash: boolean;
  /** The whole target is looked at again after so long, ms; 0: only at a start and when somebody asks. */
  readonly checkIntervalMs: number;
  /** Days for which the history is kept; 0 keeps none. */
  readonly historyDays: number;
  readonly mode: 'incremental' | 'full';
  /** What this mirror itself leaves out; undefined for what it did before. */
  readonly ownRules?: OwnRuleSet | undefined;
  /** Look at the whole target before the first plan: after a loss of state, for an adoption, for `sync`. */
  readonly isCheckedFirst: boolean;
  /** A person must agree to what an adoption does. */
  readonly isAdoption: boolean;
  /** Deal with what matches only; what differs elsewhere stays as it is, and stays to be done. */
  readonly only?: TypedPattern | undefined;
  /** Only say what would be done. */
  readonly isDryRun: boolean;
  /** Which files of those that are planned together are fetched first; without it, they come as they come. */
  readonly fetchOrder?: FetchOrder;
  /** A large file begins to come, or the last of those that came is over. */
  readonly largeComes?: ((isComing: boolean) => void) | undefined;
  /** What the target is, asked whenever it was found to be there; without this it is a disk of this machine. */
  readonly findTargetKind?: (() => TargetKindFinding) | undefined;
  /** Whether the target still carries its marker. */
  isTargetThere(): Promise<boolean>;
}
