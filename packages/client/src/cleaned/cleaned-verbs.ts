/** What a running client answers to `cleaned`. */
import { type ControlVerb, EXIT } from '@lanmirror/engine/host';
import type { CleanedDesk } from './cleaned-desk.ts';

export function cleanedVerbs(desk: CleanedDesk): Readonly<Record<string, ControlVerb>> {
  return {
    cleaned: async ({ flags, give, signal }) => {
      await desk.show(String(flags.pattern ?? ''), give, signal);
      return { exit: EXIT.done };
    },
    'cleaned-offer': async ({ flags, give }) => ({
      exit: EXIT.done,
      result: await desk.offer(String(flags.pattern ?? ''), give),
    }),
    'cleaned-forget': async ({ flags, give }) => {
      await desk.forget(Number(flags.token), give);
      return { exit: EXIT.done };
    },
  };
}
