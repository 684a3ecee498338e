/** What a new reading of the configuration means for a running program. Pure. */
import type { Configuration, PartConfiguration } from './configuration.ts';
import type { Setting } from './setting.ts';

export interface ConfigurationChange {
  /** Settings with another value that take effect at once. */
  readonly live: readonly SettingChange[];
  /** Settings with another value that take effect at the next start. */
  readonly later: readonly SettingChange[];
  /** Names of sections `[Share NAME]` or `[Job NAME]` that are new. */
  readonly added: readonly string[];
  /** Names of those that are gone. */
  readonly removed: readonly string[];
}

export interface SettingChange {
  readonly key: string;
  /** Name of the share or job that it is of; '' for the program. */
  readonly part: string;
  /** `MaxWorkers = 8 (was 5)`, `[films] MaxWorkers = 8 (was 5)`; a secret is not shown. */
  readonly text: string;
}

/** Values of one section, or of the program. */
type Reading = Pick<Configuration, 'text'>;

/**
 * Compares two readings of the same program's configuration by value, wherever the values come from.
 * `started` is the reading that the program began with: what is not live is still in effect as it was there.
 * With sections of shares or jobs each of them is compared, and of the rest what is for the whole program.
 * @param partSettings what a section of a share or job may say
 */
export function compareConfigurations(
  settings: readonly Setting[],
  before: Configuration,
  after: Configuration,
  started: Configuration = before,
  partSettings: readonly Setting[] = settings,
): ConfigurationChange {
  const hasParts = before.parts.length > 0 && after.parts.length > 0;
  const ofProgram = hasParts ? settings.filter(isOfProgram) : settings;
  const ofParts = partSettings.filter(({ isProgramWide }) => isProgramWide !== true);
  const changes = [
    compare('', ofProgram, before, after, started),
    ...after.parts.flatMap((part) => {
      const was = partNamed(before, part.name);
      if (was === undefined) return [];
      return [compare(part.name, ofParts, was, part, partNamed(started, part.name) ?? was)];
    }),
  ];
  return {
    live: changes.flatMap(({ live }) => live),
    later: changes.flatMap(({ later }) => later),
    added: namesBeyond(after, before),
    removed: namesBeyond(before, after),
  };
}

/** Whether the program's section says it for the program, and not only for those that inherit it. */
export function isOfProgram({ isProgramWide, isOnEachLevel }: Setting): boolean {
  return isProgramWide === true || isOnEachLevel === true;
}

/** The section of that name, in any case. */
export function partNamed({ parts }: Configuration, name: string): PartConfiguration | undefined {
  return parts.find((part) => part.name.toLowerCase() === name.toLowerCase());
}

function namesBeyond(some: Configuration, others: Configuration): string[] {
  return some.parts.map(({ name }) => name).filter((name) => partNamed(others, name) === undefined);
}

function compare(
  part: string,
  settings: readonly Setting[],
  before: Reading,
  after: Reading,
  started: Reading,
): Pick<ConfigurationChange, 'live' | 'later'> {
  const head = part === '' ? '' : `[${part}] `;
  const changed = settings.filter(({ key }) => before.text(key) !== after.text(key));
  const describe = ({ key, isLive, isSecret }: Setting): SettingChange => {
    const [now, was] = [after.text(key), (isLive === true ? before : started).text(key)];
    const isBack = isLive !== true && now === was;
    if (isSecret === true)
      return { key, part, text: isBack ? `${head}${key}, as it is in effect` : `${head}${key}` };
    const effect = isBack ? 'as it is in effect' : `was ${was || "''"}`;
    return { key, part, text: `${head}${key} = ${now || "''"} (${effect})` };
  };
  return {
    live: changed.filter(({ isLive }) => isLive === true).map(describe),
    later: changed.filter(({ isLive }) => isLive !== true).map(describe),
  };
}
