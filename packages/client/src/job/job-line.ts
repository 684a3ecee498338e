/** Commands about a job as a person types them, in the next steps of messages; with the INI that this run was given. */
import { asWord, typedCommand } from '@lanmirror/engine/host';

/** `lanmirror-client accept --job 'My films'`; without a job when there is only one mirror, whose name is ''. */
export function lineFor(name: string, command: string): string {
  return `${typedCommand(`lanmirror-client ${command}`)}${name === '' ? '' : ` --job ${asWord(name)}`}`;
}

/** `lanmirror-client resume 'My films'`, without a name for the only mirror: for commands whose words are names of jobs. */
export function lineWith(command: string, name: string): string {
  return typedCommand(`lanmirror-client ${command}${name === '' ? '' : ` ${asWord(name)}`}`);
}

/** Advice that is the same for all mirrors, with its command as it is typed for this one. */
export function asTyped(name: string, advice: string): string {
  return advice.replace(/lanmirror-client (trash prune|cleaned)/g, (_line, command: string) =>
    lineFor(name, command),
  );
}
