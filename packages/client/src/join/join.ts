/**
 * `join HOST[:PORT] DIR`: makes DIR a mirror of that server, with one line.
 *
 * In this order, so that a mistake leaves nothing behind: the INI that would be written is looked at, the
 * key is found or asked for, and the server is called with it. Only then the key goes to the state folder
 * and the address and DIR to the INI, and a start follows as with `start`, which asks before it takes
 * over a folder that is not empty. Done once more with the same words it changes nothing.
 */
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import {
  type Configuration,
  type ConfigurationInput,
  displayName,
  EXIT,
  findStateDir,
  keyFileIn,
  locateKey,
  openStateDir,
  parseKey,
  readConfiguration,
  realPath,
  replaceWhole,
  setIniValues,
  typedCommand,
  UserError,
} from '@lanmirror/engine/host';
import { systemClock } from '@lanmirror/engine/wire';
import type { Welcome } from '@lanmirror/protocol';
import { refuseRunning } from '../control/running-client.ts';
import { refuseDangerous, refuseNested, refuseOwnSource, refuseUnfit } from '../mirror/prepare-target.ts';
import { type Address, DialError, dial } from '../session/dial.ts';
import { openLink, RefusedError } from '../session/link.ts';
import { adviceAfter } from '../session/refusal-advice.ts';
import { keyNameOf, shareOf } from '../session/share-setting.ts';
import { askKey } from './ask-key.ts';
import { parseServerAddress, type ServerAddress } from './server-address.ts';

const DEFAULT_INI = 'client.ini';
/** Of a new INI: there is no secret in it, and a service may run as another user. */
const READABLE = 0o644;
/** How often a person may paste a key. */
const MAX_TRIES = 3;

export interface Joining {
  /** HOST[:PORT] and DIR. */
  readonly words: readonly string[];
  readonly input: ConfigurationInput;
  readonly program: string;
  say(text: string): void;
}

/** Returns what `start` is to be run with. Throws UserError; then nothing was changed. */
export async function prepareJoin(joining: Joining): Promise<ConfigurationInput> {
  const { words, input, say } = joining;
  const [addressText = '', dirText = ''] = words;
  const address = parseServerAddress(addressText);
  const targetDir = resolve(input.cwd, dirText);
  const iniPath = resolve(input.cwd, input.config ?? input.env.LANMIRROR_CONFIG ?? DEFAULT_INI);
  const before = existsSync(iniPath) ? readFileSync(iniPath, 'utf8') : '';
  const wanted: ConfigurationInput = {
    ...input,
    config: before === '' ? '/dev/null' : iniPath,
    flags: {
      ...input.flags,
      ...{ 'server-ip': address.host, 'server-port': String(address.port), 'target-dir': targetDir },
    },
  };
  if (before !== '') refuseOtherTarget(input, iniPath, targetDir);
  refuseDangerous(targetDir);
  const configuration = readConfiguration(wanted);
  await refuseUnfit(targetDir, input.flags.yes === true);
  const place = {
    ...{ program: 'client' as const, root: targetDir, given: configuration.text('StateDir'), env: input.env },
  };
  const stateDir = findStateDir(place);
  refuseNested(targetDir, stateDir, 'the state folder');
  // The start that follows would be refused, and leave an INI that stands in the way of the right one.
  refuseRunning({ targetDir, stateDir });
  const found = locateKey(configuration, input.env, stateDir);
  const call = async (key: Uint8Array): Promise<void> => {
    const welcome = await callServer(
      { ...address, key, keyName: keyNameOf(configuration) },
      configuration,
      joining,
    );
    refuseOwnSource(targetDir, [stateDir], welcome);
  };
  const key = found === undefined ? await askUntilRight(call) : found.key;
  if (found !== undefined) await call(key);
  say(`Connected to ${addressText}: the key is right.`);
  const keyFile = keyFileIn(openStateDir(place));
  if (found?.source !== keyFile) {
    replaceWhole(keyFile, `${Buffer.from(key).toString('base64url')}\n`);
    say(`The key is kept in ${displayName(keyFile)}.`);
  }
  const given = { ...valueIfGiven(configuration, 'Share'), ...valueIfGiven(configuration, 'KeyName') };
  writeIni(iniPath, before, { ...valuesOf(address), TargetDir: targetDir, ...given }, say);
  return { ...input, config: iniPath, flags: wanted.flags };
}

/** An INI belongs to one target: another one needs another INI. */
function refuseOtherTarget(input: ConfigurationInput, iniPath: string, targetDir: string): void {
  const { parts, text } = readConfiguration({ ...input, config: iniPath, flags: {}, env: {} });
  if (parts.length > 0)
    throw new UserError(
      'HAS_JOBS',
      `${displayName(iniPath)} has jobs, each with a section of its own.`,
      'Write a section [Job NAME] for this one, and run "lanmirror-client add NAME"; or give another INI: --config FILE.',
    );
  const inIni = text('TargetDir');
  if (inIni === '' || realPath(inIni) === realPath(targetDir)) return;
  throw new UserError(
    'OTHER_TARGET',
    `${displayName(iniPath)} is for another mirror, ${displayName(inIni)}.`,
    'Give this one an INI of its own: --config FILE.',
  );
}

/** A person may mistype; a pipe has one answer. */
async function askUntilRight(call: (key: Uint8Array) => Promise<void>): Promise<Uint8Array> {
  for (let tries = 1; ; tries += 1) {
    try {
      const key = parseKey(await askKey(), process.stdin.isTTY ? 'What you pasted' : 'Standard input');
      await call(key);
      return key;
    } catch (error) {
      const isMistake = error instanceof UserError && ['BAD_KEY', 'WRONG_KEY'].includes(error.code);
      if (!isMistake || !process.stdin.isTTY || tries === MAX_TRIES) throw error;
      process.stderr.write(`${error.message}\n`);
    }
  }
}

/** Says hello and goodbye. Throws UserError when the server is not there or refuses us. */
async function callServer(
  address: Address,
  configuration: Configuration,
  { program }: Joining,
): Promise<Welcome> {
  const ignore = (): void => undefined;
  const listener = {
    rules: () => undefined,
    changes: ignore,
    state: ignore,
    fingerprint: ignore,
    closed: ignore,
  };
  const [share, root] = [shareOf(configuration), configuration.text('ServerRoot')];
  const start = { program, name: hostname(), share, root, cursor: null };
  try {
    const link = await openLink(() => dial(address), start, listener, systemClock);
    link.begin();
    link.close();
    return link.welcome;
  } catch (error) {
    throw toUserError(error, `${address.host}, port ${address.port},`, program);
  }
}

function toUserError(error: unknown, where: string, program: string): unknown {
  if (error instanceof RefusedError) {
    const cause = `The server refused: ${error.message}.`;
    return new UserError('REFUSED', cause, adviceAfter(error, program), EXIT.noConnection);
  }
  if (error instanceof DialError && error.fault === 'key') {
    return new UserError(
      'WRONG_KEY',
      'The key is not the one of this server.',
      'Print it there with "lanmirror-server key". Of a key with a name give that, too: --key-name NAME.',
      EXIT.noConnection,
    );
  }
  if (!(error instanceof Error)) return error;
  return new UserError(
    'NO_SERVER',
    `${where} does not answer as a lanmirror-server: ${error.message}.`,
    'Compare with the address that the server prints when it starts; a firewall must let its port through.',
    EXIT.noConnection,
  );
}

function valuesOf({ host, port }: ServerAddress): Readonly<Record<string, string>> {
  return { ServerIP: host, ServerPort: String(port) };
}

/** What a later start has to know, too. */
function valueIfGiven(configuration: Configuration, key: string): Readonly<Record<string, string>> {
  const { text, isDefault } = configuration.get(key);
  return isDefault || text === '' ? {} : { [key]: text };
}

function writeIni(
  iniPath: string,
  before: string,
  values: Readonly<Record<string, string>>,
  say: (text: string) => void,
): void {
  const after = setIniValues(before, 'Client', values);
  if (after === before) return;
  try {
    const mode = before === '' ? READABLE : statSync(iniPath).mode & 0o777;
    replaceWhole(iniPath, after);
    chmodSync(iniPath, mode);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UserError(
      'INI_NOT_WRITABLE',
      `${displayName(iniPath)} cannot be written: ${message}.`,
      `Give a file in a folder of yours with --config; ${displayName(dirname(iniPath))} is none.`,
    );
  }
  say(
    `The settings are in ${displayName(iniPath)}: from now on "${typedCommand('lanmirror-client start')}" is enough there.`,
  );
}
