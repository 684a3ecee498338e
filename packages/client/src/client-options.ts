/** From the settings of a mirror to what its client is started with. */
import { hostname } from 'node:os';
import { heldToAll, Pace, type Pacing, type TargetKindFinding, targetKindOf } from '@lanmirror/engine/core';
import { bandwidthReader, readPattern } from '@lanmirror/engine/host';
import { remoteFileSystemFor } from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import { admit } from './agreement.ts';
import type { ClientOptions } from './client.ts';
import { limitsOf } from './control/attend.ts';
import { ownRulesOf } from './control/own-rules-of.ts';
import type { ConsoleReport } from './mirror/console-report.ts';
import type { TargetFinding } from './mirror/prepare-target.ts';
import type { Job } from './mirror-job.ts';
import { dial } from './session/dial.ts';
import { keyNameOf, shareOf } from './session/share-setting.ts';
import type { SourceFolder } from './source/source-folder.ts';
import type { MirrorState } from './state/mirror-state.ts';

/** What was made and found of a mirror before its client starts. */
export interface ClientParts {
  readonly finding: TargetFinding;
  readonly state: MirrorState;
  readonly report: ConsoleReport;
  /** The source, when it is a folder of this machine. */
  readonly folder: SourceFolder | undefined;
  /** No session is wanted at first. */
  readonly isResting: boolean;
}

/** What the client of this mirror is started with. Throws UserError for a pattern that is none. */
export async function clientOptions(job: Job, parts: ClientParts): Promise<ClientOptions> {
  const { configuration } = job;
  const { finding, state, report, folder, isResting } = parts;
  return {
    ...lineTo(job, folder),
    targetDir: job.targetDir,
    stateDir: job.stateDir,
    trashDir: configuration.text('TrashDir'),
    durability: configuration.text('Durability') as 'checkpoint' | 'strict' | 'none',
    share: shareOf(configuration),
    links: configuration.text('Links') as 'keep' | 'safe' | 'skip',
    modifyWindowMs: configuration.number('ModifyWindow'),
    name: configuration.text('Name') || hostname(),
    job: job.name,
    program: job.program,
    pace: paceOf(job),
    findTargetKind: () => findTargetKind(job),
    // After a wait for room on the disk of the state what was reloaded before is still in effect.
    ...limitsOf(job.settings.configuration),
    ownRules: ownRulesOf(job.settings.configuration),
    mode: configuration.text('SyncMode') as 'incremental' | 'full',
    isCheckedFirst: job.verb === 'sync' || finding === 'adoption' || isBlank(finding, state),
    isAdoption: finding === 'adoption',
    isDryRun: job.isDryRun,
    isResting,
    only: job.only === '' ? undefined : await readPattern(job.only),
    report,
    admit: (welcome) => admit(job, finding, state, welcome),
  };
}

/** How the source is reached. */
function lineTo(
  { configuration, key }: Job,
  folder: SourceFolder | undefined,
): Pick<ClientOptions, 'dial' | 'serverRoot' | 'sourceActivity' | 'sourceDir'> {
  if (folder !== undefined) {
    const { share, dir: sourceDir } = folder;
    const sourceActivity = (): number => share.scanProgress.entries;
    return { dial: () => folder.dial(), serverRoot: '', sourceActivity, sourceDir };
  }
  if (key === undefined) throw new Error('a server needs a key');
  const [host, port] = [configuration.text('ServerIP'), configuration.number('ServerPort')];
  const address = { host, port, key, keyName: keyNameOf(configuration) };
  return { dial: (signal) => dial(address, signal), serverRoot: configuration.text('ServerRoot') };
}

/** The only mirror of a client has no limit beside that of the client. */
function paceOf({ name, limit, settings }: Job): Pacing {
  if (name === '') return limit.contents;
  const bandwidth = bandwidthReader(() => settings.configuration.text('BwLimit'));
  return heldToAll([limit.contents, new Pace(systemClock, bandwidth)]);
}

/** Nothing is remembered of what stands on the target. */
function isBlank(finding: TargetFinding, { meta }: MirrorState): boolean {
  return finding === 'state-lost' || meta.baselineEntries === 0;
}

/** What the target is now: a drive may be mounted there later. */
function findTargetKind({ configuration, targetDir }: Job): TargetKindFinding {
  const setting = configuration.text('TargetKind') as TargetKindFinding['setting'];
  return targetKindOf(setting, remoteFileSystemFor(targetDir));
}
