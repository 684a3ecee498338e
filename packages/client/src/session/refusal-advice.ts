/** What a person can do after a server said no. Pure. */
import { PROTOCOL_VERSION } from '@lanmirror/protocol';
import { RefusedError } from './link.ts';

const BY_CODE: Readonly<Record<string, string>> = {
  'no-such-root': 'ServerRoot is the name of a folder inside the published one; capitals count.',
  'no-such-share':
    'Set Share (--share) to one of these, capitals count; or see in the INI of the server which there are, and for which Keys.',
  'bad-message': 'Are both programs of the same version? Update the older one.',
};

/** `program`: this client and its version. */
export function adviceAfter(error: Error, program: string): string {
  if (!(error instanceof RefusedError))
    return 'Compare the key with "lanmirror-server key" on the server; of one with a name, KeyName with "lanmirror-server key list", too.';
  const { code, message } = error.refusal;
  if (code !== 'version') return BY_CODE[code] ?? 'Look at the log of the server.';
  return `This is ${program} with protocol ${PROTOCOL_VERSION}. ${olderOne(message)}`;
}

/** The server names its protocol in words; where that cannot be read, the person compares. */
function olderOne(message: string): string {
  const theirs = Number(/protocol (\d+)/.exec(message)?.[1] ?? Number.NaN);
  if (theirs > PROTOCOL_VERSION) return 'Update lanmirror on this machine.';
  if (theirs < PROTOCOL_VERSION) return 'Update lanmirror on the server.';
  return 'Update the older one of the two.';
}
