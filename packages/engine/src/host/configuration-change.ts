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

/**
 * Compares two readings of the same program's configuration by value, wherever the values come from.
 * `started` is the reading that the program began with: what is not live is still in effect as it was there.
 */
export function compareConfigurations(
  settings: readonly Setting[],
  before: Configuration,
  after: Configuration,
  started: Configuration = before,
): ConfigurationChange {
  const changed = settings.filter(({ key }) => before.text(key) !== after.text(key));
  const describe = ({ key, isLive, isSecret }: Setting): SettingChange => {
    const [now, was] = [after.text(key), (isLive === true ? before : started).text(key)];
    const isBack = isLive !== true && now === was;
    if (isSecret === true) return { key, text: isBack ? `${key}, as it is in effect` : key };
    return { key, text: `${key} = ${now || "''"} (${isBack ? 'as it is in effect' : `was ${was || "''"}`})` };
  };
  return {
    live: changed.filter(({ isLive }) => isLive === true).map(describe),
    later: changed.filter(({ isLive }) => isLive !== true).map(describe),
  };
}
