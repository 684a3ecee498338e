/** What a new reading of the configuration means for a running program. Pure. */
import type { Configuration } from './configuration.ts';
import type { Setting } from './setting.ts';

export interface ConfigurationChange {
  /** Settings with another value that take effect at once. */
  readonly live: readonly SettingChange[];
  /** Settings with another value that take effect at the next start. */
  readonly later: readonly SettingChange[];
}

export interface SettingChange {
  readonly key: string;
  /** `MaxWorkers = 8 (was 5)`; a secret is not shown. */
  readonly text: string;
}

/** Compares two readings of the same program's configuration by value, wherever the values come from. */
export function compareConfigurations(
  settings: readonly Setting[],
  before: Configuration,
  after: Configuration,
): ConfigurationChange {
  const changed = settings.filter(({ key }) => before.text(key) !== after.text(key));
  const describe = ({ key, isSecret }: Setting): SettingChange => ({
    key,
    text: isSecret === true ? key : `${key} = ${after.text(key) || "''"} (was ${before.text(key) || "''"})`,
  });
  return {
    live: changed.filter(({ isLive }) => isLive === true).map(describe),
    later: changed.filter(({ isLive }) => isLive !== true).map(describe),
  };
}
