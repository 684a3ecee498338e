/**
 * The INI that this run was told to read: the commands that it prints as next steps have to name it too, or they would be
 * about another mirror. Owns that one path for the life of the process.
 */
import { resolve } from 'node:path';
import { asWord } from './shell-word.ts';

const NO_INI = '/dev/null';

let given = '';

/**
 * @param config `--config` as it was typed; undefined without it. One that reads no INI is not named: all else was flags
 * @param cwd what a relative one begins at
 */
export function rememberConfig(config: unknown, cwd: string): void {
  given = typeof config === 'string' && config !== NO_INI ? resolve(cwd, config) : '';
}

/** `lanmirror-client status --config /etc/films.ini`, as a shell reads it; without the flag when none was given. */
export function typedCommand(command: string): string {
  return given === '' ? command : `${command} --config ${asWord(given)}`;
}
