/** How a running mirror learns that its settings are others now. */
import {
  CLIENT_SETTINGS,
  type Configuration,
  type ConfigurationInput,
  ConfigurationWatch,
  displayName,
  type Progress,
} from '@lanmirror/engine/host';

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
      fileKey: 'ExcludeFrom',
      reread: read,
      changed: (_configuration, { live, later, added }) => {
        for (const { text } of live) progress.write('info', `In effect: ${displayName(text)}`);
        for (const { text } of later) progress.write('warn', `At the next start: ${displayName(text)}`);
        for (const name of added) progress.write('warn', `At the next start: [Job ${displayName(name)}]`);
      },
      refused: ({ message, nextStep }) =>
        progress.write(
          'error',
          `${displayName(message)} ${displayName(nextStep)} The settings stay as they are.`,
        ),
    });
    return {
      reload: () => {
        const { live, later, added } = watch.reload();
        const jobs = added.map((name) => `[Job ${name}]`);
        return { live: live.map(({ text }) => text), later: [...later.map(({ text }) => text), ...jobs] };
      },
      close: () => watch.close(),
    };
  };
}
