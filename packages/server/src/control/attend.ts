/**
 * What a live server attends to besides its clients: commands through the control socket, and changes of
 * its own INI. Owns the socket, the watch, and the configuration of the moment.
 */
import {
  bandwidthReport,
  type Configuration,
  type ConfigurationInput,
  ConfigurationWatch,
  type ControlVerb,
  displayName,
  EXIT,
  type Log,
  SERVER_SETTINGS,
  scrubReport,
  serveControl,
  UserError,
} from '@lanmirror/engine/host';
import type { RunningServer } from '../server.ts';
import type { MissingAnswer } from './accept.ts';
import { explainHere } from './explain.ts';
import type { ServerStatus } from './status.ts';

const MAX_LISTED = 20;

export interface Attended {
  readonly server: RunningServer;
  readonly log: Log;
  readonly input: ConfigurationInput;
  /** Replaced at a reload. */
  readonly settings: { configuration: Configuration };
  readonly stateDir: string;
  readonly monitorDir: string;
  readonly key: Uint8Array;
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
  const { settings, input, log, stateDir } = parts;
  const watch = await ConfigurationWatch.start({
    input,
    settings: SERVER_SETTINGS,
    first: settings.configuration,
    changed: (configuration, { live, later }) => {
      settings.configuration = configuration;
      for (const { text } of live) log.info(`In effect: ${displayName(text)}`);
      for (const { text } of later) log.warn(`At the next start: ${displayName(text)}`);
    },
    refused: ({ message, nextStep }) =>
      log.error(`${displayName(message)} ${displayName(nextStep)} The settings stay as they are.`),
  });
  let stop = (): void => undefined;
  const stopped = new Promise<string>((resolve) => {
    stop = () => resolve('asked to');
  });
  const control = await serveControl(
    stateDir,
    verbs(parts, watch, () => stop()),
    process.env,
    (error) => log.error(`A command failed: ${String(error)}`),
  ).catch(async (error: unknown) => {
    await watch.close();
    throw error;
  });
  return {
    stopped,
    async close() {
      await control.close();
      await watch.close();
    },
  };
}

function verbs(
  parts: Attended,
  watch: ConfigurationWatch,
  stop: () => void,
): Readonly<Record<string, ControlVerb>> {
  const since = new Date().toISOString();
  return {
    status: async () => ({ exit: EXIT.done, result: statusOf(parts, since) }),
    clients: async () => ({ exit: EXIT.done, result: parts.server.share.clients() }),
    reload: async () => {
      const { live, later } = watch.reload();
      return {
        exit: EXIT.done,
        result: { live: live.map(({ text }) => text), later: later.map(({ text }) => text) },
      };
    },
    key: async () => ({
      exit: EXIT.done,
      result: { key: Buffer.from(parts.key).toString('base64url'), pid: process.pid },
    }),
    explain: async ({ flags }) => ({
      exit: EXIT.done,
      result: explainHere(
        parts.server.share.filter,
        parts.monitorDir,
        String(flags.path),
        flags.isFolder === 'true',
      ),
    }),
    missing: async () => ({ exit: EXIT.done, result: missingOf(parts) }),
    'accept-root': async ({ flags }) => {
      if (parts.server.share.acceptStanding(String(flags.token))) return { exit: EXIT.done, result: {} };
      const cause = 'Nothing was taken: another folder stands there than the one that was shown.';
      throw new UserError('LIST_CHANGED', cause, 'Run accept again.', EXIT.held);
    },
    accept: async ({ flags }) => {
      const removed = parts.server.share.accept(String(flags.token));
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

function missingOf({ server: { share } }: Attended): MissingAnswer {
  return { halt: share.halt, asked: share.missing ?? null, standing: share.standing ?? null };
}

function statusOf({ server, settings, monitorDir, program }: Attended, since: string): ServerStatus {
  const { port, share } = server;
  const { halt, watchNotice, isScanning, entries, head, problemCount } = share;
  return {
    ...{ program, pid: process.pid, since, monitorDir, port, halt, watchNotice, entries, head },
    problemCount,
    scan: isScanning && halt === '' ? { ...share.scanProgress } : null,
    state: halt !== '' ? 'halted' : isScanning ? 'scanning' : 'live',
    fingerprint: share.fingerprint ?? null,
    scrub: scrubReport(share.scrub),
    clients: share.clients().length,
    bandwidth: bandwidthReport(settings.configuration.text('BwLimit'), server.bytesPerSecond),
    problems: share.problems(MAX_LISTED),
  };
}
