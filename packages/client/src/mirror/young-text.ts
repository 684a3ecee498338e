/** What a person is told of files that wait until they are old enough. Pure, but for the time zone. */
import { statusLine } from '@lanmirror/engine/host';
import { localTime } from '../control/plain-text.ts';
import type { WaitingFiles } from '../state/aging.ts';

/** Behind "in sync": `, with 3 files that wait until they are older (MinAge)`; '' for none. */
export function youngText(young: WaitingFiles | undefined): string {
  return young === undefined ? '' : `, with ${waiting(young)} until ${they(young)} older (MinAge)`;
}

/** The line of `status`. */
export function youngLine(young: WaitingFiles): string {
  const next = `the next until ${localTime(young.nextMs)}`;
  return statusLine('Waiting', `${waiting(young)} until ${they(young)} older (MinAge), ${next}`);
}

function waiting({ count }: WaitingFiles): string {
  return count === 1 ? '1 file that waits' : `${count} files that wait`;
}

function they({ count }: WaitingFiles): string {
  return count === 1 ? 'it is' : 'they are';
}
