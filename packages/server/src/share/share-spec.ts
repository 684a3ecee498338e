/** Which shares the settings name. */
import {
  type Configuration,
  displayName,
  type PartConfiguration,
  partNamed,
  readShareRules,
  realPath,
  requireSetting,
  SERVER_SETTINGS,
  UserError,
} from '@lanmirror/engine/host';
import { isKeyName } from '@lanmirror/protocol';

/** A share as it is configured. */
export interface ShareSpec {
  /** '' for the one of `[Server]`. */
  readonly name: string;
  /** Absolute and real; need not exist. */
  readonly monitorDir: string;
  /** Names of the keys that may have it; undefined for all. */
  readonly keys: readonly string[] | undefined;
  /** Its settings, as they were at the start. */
  readonly values: Pick<PartConfiguration, 'get' | 'text' | 'number'>;
}

/**
 * The shares: that of `[Server]`, if it has a MonitorDir or there is no other, and one for each `[Share NAME]`.
 * @throws UserError with the place, for what is missing or does not go together
 */
export function shareSpecs(configuration: Configuration): readonly ShareSpec[] {
  const { parts } = configuration;
  if (parts.length === 0) return [specOf('', rootOf(configuration), configuration)];
  refuseOneRootForAll(configuration);
  const unnamed = configuration.text('MonitorDir');
  const specs = [
    ...(unnamed === '' ? [] : [specOf('', unnamed, configuration)]),
    ...parts.map((part) => specOf(part.name, rootOfPart(part), part)),
  ];
  refuseEqualRoots(specs);
  return specs;
}

/** What the settings of the moment say of a share. A section that went is in effect until the next start. */
export function valuesNow(configuration: Configuration, { name, values }: ShareSpec): ShareSpec['values'] {
  return name === '' ? configuration : (partNamed(configuration, name) ?? values);
}

/** How a share is called in messages: `[films]`, or `MonitorDir` for the one without a name. */
export function shareTitle({ name }: Pick<ShareSpec, 'name'>): string {
  return name === '' ? 'MonitorDir' : `[${displayName(name)}]`;
}

function specOf(name: string, root: string, values: ShareSpec['values']): ShareSpec {
  checkRules(values.get);
  const monitorDir = realPath(root);
  refuseWholeSystem(monitorDir, values.get('MonitorDir').source);
  return { name, monitorDir, keys: keysOf(values), values };
}

/** Keys, passwords and devices lie in it, and so does the state of the server itself. */
function refuseWholeSystem(monitorDir: string, source: string): void {
  if (monitorDir !== '/') return;
  throw new UserError(
    'WHOLE_SYSTEM',
    `${source}: / is the whole system, with its keys and devices, and with what this server writes itself.`,
    'Publish a folder of it, like /srv; several have a section [Share NAME] each.',
  );
}

/**
 * What does not go together is refused before anything begins. A file that cannot be read may be on a disk which is away:
 * that keeps only its own share from being served.
 */
function checkRules(get: ShareSpec['values']['get']): void {
  try {
    readShareRules(get);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'NO_RULE_FILE') throw error;
  }
}

function rootOf(configuration: Configuration): string {
  const setting = SERVER_SETTINGS.find(({ key }) => key === 'MonitorDir');
  if (setting === undefined) throw new Error('no setting MonitorDir');
  return requireSetting(configuration, setting, 'server');
}

function rootOfPart({ text, source }: PartConfiguration): string {
  const root = text('MonitorDir');
  if (root !== '') return root;
  throw new UserError(
    'MISSING_SETTING',
    `${source}: MonitorDir is not set.`,
    'Say which folder the share is.',
  );
}

/** What is given for one run would be the folder of no share, or of all. */
function refuseOneRootForAll(configuration: Configuration): void {
  const { source, isDefault } = configuration.get('MonitorDir');
  if (isDefault || source.startsWith(configuration.iniPath)) return;
  throw new UserError(
    'ROOT_OF_MANY',
    `${source} names one folder, and ${configuration.iniPath} has sections [Share NAME] with a folder each.`,
    'Set the MonitorDir in the section, or give another INI with --config.',
  );
}

/** They would share one index. */
function refuseEqualRoots(specs: readonly ShareSpec[]): void {
  for (const [at, one] of specs.entries()) {
    const other = specs.slice(0, at).find(({ monitorDir }) => monitorDir === one.monitorDir);
    if (other === undefined) continue;
    throw new UserError(
      'SAME_ROOT',
      `${one.values.get('MonitorDir').source}: ${shareTitle(one)} and ${shareTitle(other)} are the same folder, ${displayName(one.monitorDir)}.`,
      'Let mirrors of both use one share, or make one of them a folder inside the other.',
    );
  }
}

function keysOf({ get }: ShareSpec['values']): readonly string[] | undefined {
  const { text, source } = get('Keys');
  if (text.trim() === '') return undefined;
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !isKeyName(name));
  if (wrong === undefined) return names;
  throw new UserError(
    'BAD_KEY_NAME',
    `${source}: "${wrong}" is no name of a key: a name is up to 64 letters a to z, digits, ".", "_" and "-".`,
    'Write names with commas between them, like Keys = default, phone.',
  );
}
