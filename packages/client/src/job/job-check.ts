/** What of several jobs does not go together: a mirror inside another one would be its trash. */
import { join, sep } from 'node:path';
import {
  CLIENT_SETTINGS,
  type Configuration,
  displayName,
  realPath,
  UserError,
} from '@lanmirror/engine/host';
import { TRASH } from '@lanmirror/engine/tree';
import { type ConfiguredJob, idOf, jobsOf } from './configured-job.ts';
import { cleanFaults } from './job-clean.ts';
import { ringFaults } from './job-ring.ts';

/** A folder that a job writes to. */
export interface Territory {
  readonly job: ConfiguredJob;
  readonly what: 'the target' | 'the trash' | 'the state folder';
  /** Absolute, without links. */
  readonly path: string;
}

/** @throws the first of {@link jobFaults} */
export function checkJobs(configuration: Configuration, alsoRun: readonly string[] = []): void {
  const [fault] = jobFaults(configuration, alsoRun);
  if (fault !== undefined) throw fault;
}

/**
 * What a start refuses of the sections `[Job NAME]`, with the lines; nothing for a client without them.
 * @param alsoRun names of jobs that run although their sections may say Active = no
 */
export function jobFaults(
  configuration: Configuration,
  alsoRun: readonly string[] = [],
): readonly UserError[] {
  const jobs = jobsOf(configuration);
  if (jobs.length === 0) return [];
  const running = new Set(alsoRun.map(idOf));
  const targets = jobs.flatMap((job) => territoriesOf(job));
  return [
    ...CLIENT_SETTINGS.filter(({ isOwn }) => isOwn).flatMap(({ key }) => besideFault(configuration, key)),
    ...jobs.flatMap(missingTarget),
    ...targets.flatMap((one, at) => targets.slice(at + 1).flatMap((other) => overlap(one, other))),
    ...ringFaults(jobs.filter(({ name, isActive }) => isActive || running.has(idOf(name)))),
    ...cleanFaults(jobs, territoriesOf),
  ];
}

/** A job without a name beside named ones would be found by no command. */
function besideFault(configuration: Configuration, key: string): UserError[] {
  const { source, isDefault } = configuration.get(key);
  const [first] = configuration.parts;
  if (isDefault || first === undefined) return [];
  return [
    new UserError(
      'BESIDE_JOBS',
      `${source}: this is for one mirror, and there are jobs beside it (${first.source}).`,
      `Give ${key} in a section [Job NAME].`,
    ),
  ];
}

function missingTarget({ configuration, source }: ConfiguredJob): UserError[] {
  if (configuration.text('TargetDir') !== '') return [];
  return [new UserError('MISSING_SETTING', `${source}: TargetDir is not set.`, 'Each job has its own.')];
}

/** The folders that a job writes to, as its settings name them. */
export function territoriesOf(job: ConfiguredJob): Territory[] {
  const targetDir = job.configuration.text('TargetDir');
  if (targetDir === '') return [];
  const { text } = job.configuration;
  const named = [
    ['the target', targetDir],
    ['the trash', text('TrashDir')],
    ['the state folder', text('StateDir')],
  ] as const;
  return named.flatMap(([what, dir]) => (dir === '' ? [] : [{ job, what, path: realPath(dir) }]));
}

/** Whether two jobs cannot write at the same time: folders of the one are, hold, or lie in those of the other. */
export function doMeet(some: readonly Territory[], others: readonly Territory[]): boolean {
  return some.some((one) => others.some((other) => clashOf(one, other) !== ''));
}

function overlap(one: Territory, other: Territory): UserError[] {
  const relation = one.job === other.job ? '' : clashOf(one, other);
  if (relation === '') return [];
  return [
    new UserError(
      'JOBS_OVERLAP',
      `${one.job.source} and ${other.job.source}: ${relation}.`,
      'Give each job a folder of its own.',
    ),
  ];
}

/**
 * '' for none. Only a mirror takes what it does not know for an extra: what else is beside a trash or in a state folder
 * stays, but each state folder is of one target.
 */
function clashOf(one: Territory, other: Territory): string {
  const isOneState = one.what === 'the state folder' && other.what === one.what && one.path === other.path;
  const isMirror = one.what === 'the target' || other.what === 'the target';
  return isMirror || isOneState ? relationOf(one, other) : '';
}

/** '' when they have nothing to do with each other. */
function relationOf(one: Territory, other: Territory): string {
  if (one.path === other.path) return `both have ${displayName(one.path)}`;
  for (const [inner, outer] of [
    [one, other],
    [other, one],
  ] as const) {
    if (!isInside(inner.path, outer.path)) continue;
    const place = isInside(inner.path, join(outer.path, TRASH)) ? `the trash in ${outer.path}` : outer.path;
    return `${inner.what} ${displayName(inner.path)} of [Job ${inner.job.name}] lies in ${displayName(place)}`;
  }
  return '';
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder + sep);
}
