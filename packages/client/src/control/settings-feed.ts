/** How a running mirror learns that its settings are others now. */
import {
  CLIENT_SETTINGS,
  type Configuration,
  type ConfigurationInput,
  ConfigurationWatch,
  displayName,
  type Progress,
  UserError,
} from '@lanmirror/engine/host';
import { checkJobs } from '../job/job-check.ts';
import { required } from '../wanted.ts';

export interface SettingsFeed {
  /**
   * Reads the INI again now.
   * @returns lines for a person: what is in effect now, and what waits for a start
   * @throws UserError when it is wrong
   */
  reload(): ReloadResult;
  close(): Promise<void>;
}

export interface ReloadResult {
  readonly live: readonly string[];
  readonly later: readonly string[];
}

/** Begins; `read` gets each new reading: a file that a setting names may say something else although no setting does. */
export type FollowSettings = (
  first: Configuration,
  read: (configuration: Configuration) => void,
) => Promise<SettingsFeed>;

/** The settings of a client with one mirror: those of its INI. */
export function followIni(input: ConfigurationInput, progress: Progress): FollowSettings {
  return async (first, read) => {
    const watch = await ConfigurationWatch.start({
      input,
      settings: CLIENT_SETTINGS,
      first,
      check: checkAlone,
      fileKey: 'ExcludeFrom',
      reread: read,
      changed: (_configuration, { live, later }) => {
        for (const { text } of live) progress.write('info', `In effect: ${displayName(text)}`);
        for (const { text } of later) progress.write('warn', `At the next start: ${displayName(text)}`);
      },
      warned: (text) => progress.write('warn', displayName(text)),
      refused: ({ message, nextStep }) =>
        progress.write(
          'error',
          `${displayName(`${message} ${nextStep}`.trim())} The settings stay as they are.`,
        ),
    });
    return {
      reload: () => {
        const { live, later } = watch.reload();
        return { live: live.map(({ text }) => text), later: later.map(({ text }) => text) };
      },
      close: () => watch.close(),
    };
  };
}

/**
 * What the next start would refuse is refused now, and so are jobs: what they leave to [Client] is not what this
 * mirror is to do.
 */
function checkAlone(configuration: Configuration): void {
  checkJobs(configuration);
  if (configuration.parts.length === 0) {
    required(configuration, 'TargetDir');
    return;
  }
  throw new UserError(
    'JOBS_NOW',
    `${configuration.iniPath} has sections [Job NAME] now, and this client runs one mirror.`,
    'Stop it and start it again: it runs the jobs then.',
  );
}
