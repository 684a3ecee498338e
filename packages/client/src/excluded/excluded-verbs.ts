/** What a running client answers to `excluded`. */
import { type ControlVerb, EXIT } from '@lanmirror/engine/host';
import type { ExcludedDesk } from './excluded-desk.ts';

export function excludedVerbs(desk: ExcludedDesk): Readonly<Record<string, ControlVerb>> {
  return {
    excluded: async ({ flags, give, signal }) => ({
      exit: EXIT.done,
      result: await desk.show(String(flags.pattern ?? ''), give, signal),
    }),
    'excluded-remove': async ({ flags, give }) => {
      await desk.remove(Number(flags.token), give);
      return { exit: EXIT.done };
    },
  };
}
