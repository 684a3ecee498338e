/** Commands about a job as a person types them, in the next steps of messages. */
import { asWord } from '@lanmirror/engine/host';

/** `lanmirror-client accept --job 'My films'`; without a job when there is only one mirror, whose name is ''. */
export function lineFor(name: string, command: string): string {
  return `lanmirror-client ${command}${name === '' ? '' : ` --job ${asWord(name)}`}`;
}

/** `lanmirror-client resume 'My films'`, for commands whose words are names of jobs. */
export function lineWith(command: string, name: string): string {
  return `lanmirror-client ${command} ${asWord(name)}`;
}
