/** How messages name the source that the settings say. Pure. */
import { type Configuration, displayName } from '@lanmirror/engine/host';
import { serverAddress } from '../session/server-name.ts';
import { shareOf } from '../session/share-setting.ts';
import type { SourceWord } from './source-word.ts';

/** What the other end is called. */
export function sourceWordOf(configuration: Configuration): SourceWord {
  return configuration.text('Source') === '' ? 'server' : 'source';
}

/** The folder of this machine; or the address of the server, the share and the folder in it, where they are set. */
export function sourceNameOf(configuration: Configuration): string {
  const dir = configuration.text('Source');
  if (dir !== '') return displayName(dir);
  const [share, root] = [shareOf(configuration), configuration.text('ServerRoot')];
  return [serverAddress(configuration), share === '' ? '' : `[${share}]`, root].filter(Boolean).join(' ');
}
