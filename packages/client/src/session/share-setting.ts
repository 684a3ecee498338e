/** Which share is wanted, and by which key, as the settings say it. */
import { type Configuration, UserError } from '@lanmirror/engine/host';
import { isKeyName, plainShareName } from '@lanmirror/protocol';

/** The share to mirror; '' for the one without a name, and for a folder of this machine. */
export function shareOf(configuration: Pick<Configuration, 'text'>): string {
  return configuration.text('Source') === '' ? plainShareName(configuration.text('Share')) : '';
}

/** What the server calls our key. Throws UserError for what no key is called. */
export function keyNameOf(configuration: Pick<Configuration, 'get'>): string {
  const { text, source } = configuration.get('KeyName');
  if (isKeyName(text)) return text;
  throw new UserError(
    'BAD_KEY_NAME',
    `${source}: "${text}" is no name of a key: a name is up to 64 letters a to z, digits, ".", "_" and "-".`,
    'Write it as "lanmirror-server key list" shows it on the server.',
  );
}
