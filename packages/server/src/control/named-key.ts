/** `lanmirror-server key add|list|remove [NAME]`: done by the server that runs, or in its home when none does. */
import {
  type ControlVerb,
  displayName,
  EXIT,
  type ExitCode,
  typedCommand,
  UserError,
} from '@lanmirror/engine/host';
import { inheritanceText, inheritKeys } from '../key/inherited-key.ts';
import type { KeyRing } from '../key/key-ring.ts';
import { addKey, listKeys, type NamedKey, removeKey } from '../key/named-key.ts';
import { type Asking, askIfRunning } from './ask-running.ts';

/**
 * @param words what follows `key`
 * @param openHome makes the home
 * @throws UserError for wrong use, and when it cannot be done
 */
export async function namedKeyCommand(
  asking: Asking,
  [action = '', name]: readonly string[],
  openHome: () => void,
): Promise<ExitCode> {
  if ((action === 'list') !== (name === undefined) || !Object.hasOwn(DONE_HERE, action))
    throw new UserError(
      'USAGE',
      'That is no command for keys.',
      'Write "key add NAME", "key list" or "key remove NAME"; "key" alone prints the one called "default".',
    );
  const answer = await askIfRunning(asking, `key-${action}`, { name: name ?? '' });
  const result = answer?.result ?? doneHere(asking, action, name ?? '', openHome);
  for (const line of LINES[action]?.(result, name ?? '') ?? []) process.stdout.write(`${line}\n`);
  return EXIT.done;
}

/** What a running server answers. It takes a change over at once, and ends who has a key that is none any more. */
export function namedKeyVerbs(
  home: string,
  ring: KeyRing,
  ended: (name: string) => void,
): Readonly<Record<string, ControlVerb>> {
  return Object.fromEntries(
    Object.entries(DONE_HERE).map(([action, act]) => [
      `key-${action}`,
      async ({ flags }) => {
        const name = String(flags.name);
        try {
          const result = act(home, name);
          if (action === 'remove') {
            ring.drop(name);
            ended(name);
          }
          return { exit: EXIT.done, result };
        } finally {
          for (const former of ring.renew()) ended(former);
        }
      },
    ]),
  );
}

const DONE_HERE: Readonly<Record<string, (home: string, name: string) => unknown>> = {
  add: (home, name) => ({ key: addKey(home, name) }),
  list: (home) => listKeys(home),
  remove: (home, name) => {
    removeKey(home, name);
    return {};
  },
};

function doneHere({ home }: Asking, action: string, name: string, openHome: () => void): unknown {
  if (action !== 'list') {
    openHome();
    const inheritance = inheritKeys(home);
    if (inheritance.from !== undefined)
      process.stderr.write(`${displayName(inheritanceText(inheritance))}
`);
  }
  return DONE_HERE[action]?.(home.dir, name);
}

const LINES: Readonly<Record<string, (result: unknown, name: string) => readonly string[]>> = {
  add: (result) => [(result as { key: string }).key],
  list: (result) => {
    const keys = result as readonly NamedKey[];
    if (keys.length === 0)
      return [
        `There is only "default", which "${typedCommand('lanmirror-server key')}" prints; "key add NAME" makes another.`,
      ];
    return keys.map(({ name, since, fault }) => {
      const line = `${displayName(name)}, since ${since}`;
      return fault === undefined ? line : `${line}: cannot be used. ${displayName(fault)}`;
    });
  },
  remove: (_result, name) => [`Removed: who has the key "${displayName(name)}" is refused from now on.`],
};
