/**
 * What a live server attends to besides its clients: commands through the control socket, and changes of
 * its own INI. Owns the socket, the watch, and the configuration of the moment.
 */
import {
  bandwidthReport,
  type Configuration,
  type ConfigurationChange,
  type ConfigurationInput,
  ConfigurationWatch,
  type ControlVerb,
  displayName,
  EXIT,
  type Log,
  partNamed,
  readShareRules,
  SERVER_SETTINGS,
  serveControl,
  UserError,
} from '@lanmirror/engine/host';
import type { Share } from '@lanmirror/engine/source';
import type { KeyRing } from '../key/key-ring.ts';
import type { RunningServer } from '../server.ts';
import type { Publication } from '../share/publication.ts';
import { shareSpecs, shareTitle, valuesNow } from '../share/share-spec.ts';
import { explainHere } from './explain.ts';
import { namedKeyVerbs } from './named-key.ts';
import { serverStatus } from './server-status.ts';
import type { MissingAnswer } from './waiting-share.ts';

/** What another server removes ends here within this time. */
const KEYS_LOOK_MS = 1000;

export interface Attended {
  readonly server: RunningServer;
  readonly log: Log;
  readonly input: ConfigurationInput;
  /** Replaced at a reload. */
  readonly settings: { configuration: Configuration };
  /** Home of the server. */
  readonly homeDir: string;
  readonly key: Uint8Array;
  readonly keys: KeyRing;
  /** Program and version. */
  readonly program: string;
}

export interface Attendance {
  /** Somebody asked it to stop. */
  readonly stopped: Promise<string>;
  close(): Promise<void>;
}

/** Begins to listen. */
export async function attend(parts: Attended): Promise<Attendance> {
  const { server, settings, input, log, homeDir } = parts;
  const watch = await ConfigurationWatch.start({
    input,
    settings: SERVER_SETTINGS,
    first: settings.configuration,
    fileKey: 'ExcludeFrom',
    reread: (configuration) => {
      for (const publication of server.publications) {
        const { spec } = publication;
        // What became of a section that is gone is in effect until the next start.
        const isGone = spec.name !== '' && partNamed(configuration, spec.name) === undefined;
        if (!isGone) useRulesNow(publication, configuration, log);
      }
    },
    check: (configuration) => void shareSpecs(configuration),
    changed: (configuration, change) => {
      settings.configuration = configuration;
      for (const { text } of change.live) log.info(`In effect: ${displayName(text)}`);
      for (const text of laterTexts(change)) log.warn(`At the next start: ${displayName(text)}`);
    },
    warned: (text) => log.warn(displayName(text)),
    refused: ({ message, nextStep }) =>
      log.error(`${displayName(`${message} ${nextStep}`.trim())} The settings stay as they are.`),
  });
  let stop = (): void => undefined;
  const stopped = new Promise<string>((resolve) => {
    stop = () => resolve('asked to');
  });
  const control = await serveControl(
    homeDir,
    verbs(parts, watch, () => stop()),
    process.env,
    (error) => log.error(`A command failed: ${String(error)}`),
  ).catch(async (error: unknown) => {
    await watch.close();
    throw error;
  });
  const looking = setInterval(() => endRemoved(parts), KEYS_LOOK_MS);
  return {
    stopped,
    async close() {
      clearInterval(looking);
      await control.close();
      await watch.close();
    },
  };
}

/** Another server may have removed a key that both have. */
function endRemoved({ keys, server, log }: Attended): void {
  for (const name of keys.look()) {
    log.info(`The key "${displayName(name)}" is none any more, or another one: its mirrors are cut off.`);
    server.endKey(name);
  }
}

/** A file of rules that cannot be read, perhaps on a disk that is away, changes nothing for its share, nor for the others. */
function useRulesNow(publication: Publication, configuration: Configuration, log: Log): void {
  try {
    publication.useRules(readShareRules(valuesNow(configuration, publication.spec).get));
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'NO_RULE_FILE') throw error;
    log.error(
      displayName(`${error.message} ${error.nextStep} ${shareTitle(publication.spec)} keeps its rules.`),
    );
  }
}

/** What waits for the next start. */
function laterTexts({ later, added, removed }: ConfigurationChange): readonly string[] {
  return [
    ...later.map(({ text }) => text),
    ...added.map((name) => `[Share ${name}] is new`),
    ...removed.map((name) => `[Share ${name}] is gone`),
  ];
}

function verbs(
  parts: Attended,
  watch: ConfigurationWatch,
  stop: () => void,
): Readonly<Record<string, ControlVerb>> {
  const since = new Date().toISOString();
  const { server, key, keys, homeDir, program } = parts;
  const { publications } = server;
  return {
    status: async () => ({
      exit: EXIT.done,
      result: serverStatus(
        {
          ...{ program, pid: process.pid, since, port: server.port },
          bandwidth: bandwidthReport(parts.settings.configuration.text('BwLimit'), server.bytesPerSecond),
        },
        publications,
      ),
    }),
    clients: async () => ({
      exit: EXIT.done,
      result: publications.flatMap(({ share }) => share?.clients() ?? []),
    }),
    reload: async () => {
      const change = watch.reload();
      return {
        exit: EXIT.done,
        result: { live: change.live.map(({ text }) => text), later: laterTexts(change) },
      };
    },
    key: async () => ({
      exit: EXIT.done,
      result: { key: Buffer.from(key).toString('base64url'), pid: process.pid },
    }),
    explain: async ({ flags }) => {
      const share = shareNamed(publications, String(flags.share));
      const isFolder = flags.isFolder === 'true';
      return {
        exit: EXIT.done,
        result: share === undefined ? null : explainHere(share, String(flags.path), isFolder),
      };
    },
    ...namedKeyVerbs(homeDir, keys, (name) => server.endKey(name)),
    missing: async () => ({ exit: EXIT.done, result: publications.map(missingOf) }),
    'accept-root': async ({ flags }) => {
      const share = shareNamed(publications, String(flags.share));
      if (share?.acceptStanding(String(flags.token)) === true) return { exit: EXIT.done, result: {} };
      const cause = 'Nothing was taken: another folder stands there than the one that was shown.';
      throw new UserError('LIST_CHANGED', cause, 'Run accept again.', EXIT.held);
    },
    accept: async ({ flags }) => {
      const removed = shareNamed(publications, String(flags.share))?.accept(String(flags.token));
      if (removed !== undefined) return { exit: EXIT.done, result: { removed } };
      const cause = 'Nothing was removed: what is missing is not what was shown any more.';
      throw new UserError('LIST_CHANGED', cause, 'Run accept again.', EXIT.held);
    },
    stop: async () => {
      stop();
      return { exit: EXIT.done };
    },
  };
}

function shareNamed(publications: readonly Publication[], name: string): Share | undefined {
  return publications.find(({ spec }) => spec.name === name)?.share;
}

function missingOf({ spec, share, fault }: Publication): MissingAnswer {
  return {
    ...{ share: spec.name, monitorDir: spec.monitorDir },
    halt: fault?.message ?? share?.halt ?? '',
    asked: share?.missing ?? null,
    standing: share?.standing ?? null,
  };
}
