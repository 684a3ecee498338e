/**
 * The settings that say of which age files are mirrored. They are those of a mirror only: an age changes by itself, and
 * each mirror judges it by its own clock.
 */
import { parseAge } from './quantity.ts';
import type { Resolved, Setting } from './setting.ts';
import { UserError } from './user-error.ts';

export interface AgeSettings {
  /** Files that were modified less than so many milliseconds ago are left out; 0: none for that. */
  readonly minAgeMs: number;
  /** Files that were modified so many milliseconds ago, or longer, are left out; 0: none for that. */
  readonly maxAgeMs: number;
}

export const AGE_SETTINGS: readonly Setting[] = [
  {
    key: 'MinAge',
    flag: 'min-age',
    kind: { type: 'duration' },
    default: '0s',
    help: 'files that were modified less than this ago wait until they are older; 0s is no limit',
    isLive: true,
  },
  {
    key: 'MaxAge',
    flag: 'max-age',
    kind: { type: 'duration' },
    default: '0s',
    help: 'files that were modified this long ago or longer are left out; 0s is no limit',
    isLive: true,
  },
];

/**
 * The limits that a configuration asks for.
 * @throws UserError with the place for those that leave no file
 */
export function readAgeLimits(get: (key: string) => Resolved): AgeSettings {
  const [min, max] = [get('MinAge'), get('MaxAge')];
  const minAgeMs = Math.round(parseAge(min.text, min.source));
  const maxAgeMs = Math.round(parseAge(max.text, max.source));
  if (maxAgeMs > 0 && minAgeMs >= maxAgeMs)
    throw new UserError(
      'NO_AGE_LEFT',
      `${min.source}: MinAge ${min.text} is not less than MaxAge ${max.text} (${max.source}), so no file would be mirrored.`,
      'Make MinAge smaller or MaxAge larger.',
    );
  return { minAgeMs, maxAgeMs };
}
