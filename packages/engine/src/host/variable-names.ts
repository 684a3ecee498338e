/** Are the environment variables with our prefix known? A mistyped one would be obeyed by nobody, silently. */
import { nearestWord } from './nearest-word.ts';
import { envNameOf, type Setting } from './setting.ts';

/**
 * One line for each LANMIRROR_ variable that no setting reads. It is no error: a program around ours may
 * have set it for itself.
 */
export function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
  settings: readonly Setting[],
): string[] {
  const names = ['LANMIRROR_CONFIG', ...settings.map(envNameOf)];
  return Object.keys(env)
    .filter((name) => name.startsWith('LANMIRROR_') && !names.includes(name))
    .map((name) => {
      const near = nearestWord(name, names);
      return `The environment variable ${name} is not known${near === undefined ? '.' : `; did you mean ${near}?`}`;
    });
}
