/** Whether a pass that is asked for may be done by a client that runs with other settings. Pure. */
import { type Configuration, SCHEDULE_SETTINGS, type Setting } from '@lanmirror/engine/host';

/** How a program talks and where it keeps things changes nothing of what a pass does. */
const WITHOUT_EFFECT = new Set([
  ...[
    'TargetDir',
    // The folders that are named are compared as they are then.
    'BaseDir',
    'StateDir',
    'KeyFile',
    'KeyName',
    'Key',
    'Name',
    'LogLevel',
    'Timeout',
    'SyncMode',
    'HistoryDays',
    'ScrubDays',
    'CheckHours',
    // When something is done by itself is no matter of who asks for it now.
    ...SCHEDULE_SETTINGS.map(({ key }) => key),
    'Watch',
    'PollSeconds',
  ],
]);

/** The settings by which a pass is done, as they are in effect in a running client. */
export function passSettings(
  settings: readonly Setting[],
  inEffect: (setting: Setting) => string,
): Readonly<Record<string, string>> {
  const compared = settings.filter(({ key }) => !WITHOUT_EFFECT.has(key));
  return Object.fromEntries(compared.map((setting) => [setting.key, inEffect(setting)]));
}

/**
 * What is wanted and is not so in the running client: `Links = skip (the running client has keep)`. A limit
 * that can be changed while it runs (MaxWorkers) is compared only where it was given.
 */
export function settingConflicts(
  settings: readonly Setting[],
  wanted: Pick<Configuration, 'get'>,
  running: Readonly<Record<string, unknown>>,
): string[] {
  return settings.flatMap(({ key, isLive }) => {
    if (!Object.hasOwn(running, key)) return [];
    const { text, isDefault } = wanted.get(key);
    if (running[key] === text || (isLive === true && isDefault)) return [];
    return [`${key} = ${text || "''"} (the running client has ${String(running[key]) || "''"})`];
  });
}
