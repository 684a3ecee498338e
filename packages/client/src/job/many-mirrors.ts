/** A command of a client with sections `[Job NAME]`: about all of its mirrors, about some, or about one. */
import { hostname } from 'node:os';
import { processLimit } from '@lanmirror/engine/core';
import {
  type Command,
  type Configuration,
  type ConfigurationInput,
  type ExitCode,
  keepHeapSmall,
  processSpeed,
  untilSignal,
  writeLine,
  yieldToOthers,
} from '@lanmirror/engine/host';
import { followIni } from '../control/settings-feed.ts';
import { doneElsewhere, mirrorHere } from '../one-mirror.ts';
import { PROGRAM, VERSION } from '../program-name.ts';
import { foldersOf, type Wanted } from '../wanted.ts';
import { type ConfiguredJob, chooseJob, chooseJobs, idOf, jobsOf } from './configured-job.ts';
import { checkJobs } from './job-check.ts';
import { inEffect, programReport } from './job-in-effect.ts';
import { jobProgress } from './job-progress.ts';
import { whyNotMirrored } from './not-mirrored.ts';

export async function commandOnJobs(
  command: Command,
  input: ConfigurationInput,
  configuration: Configuration,
  jobs: readonly ConfiguredJob[],
): Promise<ExitCode> {
  const { verb, words, flags } = command;
  if (verb === 'start') return startAll(command, input, configuration);
  if (verb === 'sync') {
    const chosen = chooseJobs(jobs, words);
    checkJobs(
      configuration,
      chosen.map(({ name }) => name),
    );
    return syncSome(command, input, configuration, chosen);
  }
  const { JOB_COMMANDS } = await import('./job-command.ts');
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const asking = { configuration, env: input.env, words, isJson: flags.json === true, say };
  const answered = await JOB_COMMANDS[verb]?.(asking);
  if (answered !== undefined) return answered;
  const job = chooseJob(jobs, typeof flags.job === 'string' ? flags.job : undefined);
  const wanted = await foldersInEffect(job, command, input);
  const exit = await doneElsewhere(wanted).catch(async (error: unknown) => {
    throw whyNotMirrored(error, job.name, await programReport(configuration.iniPath, input.env));
  });
  if (exit === undefined) throw new Error(`"${verb}" of a job was done by nobody`);
  return exit;
}

/** What a command about one job is about: the folders that it runs in, if a client with this INI does. */
async function foldersInEffect(
  { name, configuration }: ConfiguredJob,
  command: Command,
  input: ConfigurationInput,
): Promise<Wanted> {
  const running = await programReport(configuration.iniPath, input.env);
  return inEffect(await foldersOf(name, command, input, configuration), name, running);
}

/** Once for the process, whatever number of mirrors it has. */
function keepModest(configuration: Configuration): void {
  if (configuration.text('IoPriority') === 'low') yieldToOthers((text) => writeLine('warn', text));
  keepHeapSmall();
}

async function startAll(
  command: Command,
  input: ConfigurationInput,
  configuration: Configuration,
): Promise<ExitCode> {
  const ended = untilSignal();
  keepModest(configuration);
  const { startJobs } = await import('./job-client.ts');
  const { systemClock } = await import('@lanmirror/engine/wire');
  const now = { configuration };
  const limit = processLimit(
    systemClock,
    processSpeed(() => now.configuration),
  );
  const agreed = agreedPlaces(command, jobsOf(configuration));
  return startJobs({
    changed: (changed) => void Object.assign(now, { configuration: changed }),
    ...{ input, configuration, ended, program: `${PROGRAM} ${VERSION}`, write: writeLine },
    run: async (job, { follow, asked, rests }) => {
      const over = new Promise<void>((resolve) => {
        asked.addEventListener('abort', () => resolve());
        if (asked.aborted) resolve();
      });
      const progress = jobProgress(job.name, () => performance.now(), writeLine);
      const { isDryRun } = job;
      const flags = { ...command.flags, adopt: agreed.has(placeOf(job)) };
      const mirror = async (verb: 'start' | 'sync', now: Configuration, until: Promise<unknown>) => {
        const wanted = await foldersOf(job.name, { ...command, flags }, input, now);
        return mirrorHere(wanted, { verb, isDryRun, progress, follow, limit, ended: until });
      };
      const { dryRunsByTimes, isDryByTimes } = await import('./dry-runs.ts');
      // A dry run is one pass: to look is all that it does.
      if (!isDryRun || !isDryByTimes(job.configuration))
        return mirror(isDryRun ? 'sync' : 'start', job.configuration, over);
      return dryRunsByTimes({
        ...{ clock: systemClock, configuration: job.configuration, follow, ended: over, rests },
        seed: `${job.configuration.text('Name') || hostname()} ${job.configuration.text('TargetDir')}`,
        pass: (now, until) => mirror('sync', now, until),
        say: (level, text) => progress.write(level, text),
      });
    },
  });
}

/** A yes that was given at the start is not one to what the INI names later: other folders may be anybody's. */
function agreedPlaces({ flags }: Command, jobs: readonly ConfiguredJob[]): ReadonlySet<string> {
  return new Set(flags.adopt === true ? jobs.map(placeOf) : []);
}

/** From where to where a job mirrors, by its name. */
function placeOf({ name, configuration }: ConfiguredJob): string {
  const from = ['Source', 'ServerIP', 'ServerPort', 'Share', 'ServerRoot'];
  return JSON.stringify([idOf(name), ...[...from, 'TargetDir'].map(configuration.text)]);
}

async function syncSome(
  command: Command,
  input: ConfigurationInput,
  configuration: Configuration,
  jobs: readonly ConfiguredJob[],
): Promise<ExitCode> {
  for (const warning of configuration.warnings) writeLine('warn', warning);
  keepModest(configuration);
  let isEnding = false;
  const ended = untilSignal().then(() => {
    isEnding = true;
  });
  const { syncJobs } = await import('./sync-jobs.ts');
  const { systemClock } = await import('@lanmirror/engine/wire');
  const limit = processLimit(
    systemClock,
    processSpeed(() => configuration),
  );
  return syncJobs({
    ...{ jobs, env: input.env, write: writeLine, isEnding: () => isEnding },
    isNamed: command.words.length > 0,
    run: async (job) => {
      const isDryRun = job.isDryRun || command.flags['dry-run'] === true;
      const flags = { ...command.flags, 'dry-run': isDryRun };
      const wanted = await foldersInEffect(job, { ...command, flags }, input);
      const progress = jobProgress(job.name, () => performance.now(), writeLine);
      const follow = followIni(input, progress);
      const running = { verb: 'sync', isDryRun, progress, follow, limit, ended };
      return (await doneElsewhere(wanted)) ?? mirrorHere(wanted, running);
    },
  });
}
