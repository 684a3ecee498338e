/** Ages and sizes as people write them. Pure. */
import { UserError } from './user-error.ts';

const AGE = /^(\d+(?:\.\d+)?)\s*([smhdw])$/i;
const AGE_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 24 * 3_600_000,
  w: 7 * 24 * 3_600_000,
};
const SIZE = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i;
const SIZE_STEPS = ['', 'k', 'm', 'g', 't'];

/**
 * Milliseconds of an age like `10m`, `2h`, `30d`.
 * @param where where it was written, for the message
 * @throws UserError
 */
export function parseAge(text: string, where: string): number {
  const [, number = '', unit = ''] = AGE.exec(text.trim()) ?? [];
  const ms = Number(number) * (AGE_MS[unit.toLowerCase()] ?? Number.NaN);
  if (number !== '' && Number.isFinite(ms)) return ms;
  throw new UserError(
    'BAD_AGE',
    `${where}: "${text}" is no length of time.`,
    'Write a number and s, m, h, d or w: 10m, 2h, 30d.',
  );
}

/**
 * Bytes of a size like `500M` or `20 GiB`; steps of 1024.
 * @param where where it was written, for the message
 * @param alternative what may stand there instead, for the message
 * @throws UserError
 */
export function parseSize(text: string, where: string, alternative = ''): number {
  const [, number = '', unit = ''] = SIZE.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(number) * 1024 ** SIZE_STEPS.indexOf(unit.toLowerCase()));
  if (number !== '' && Number.isSafeInteger(bytes)) return bytes;
  throw new UserError(
    'BAD_SIZE',
    `${where}: "${text}" is no size.`,
    `Write a number and K, M, G or T: 500M, 20G${alternative === '' ? '' : `; or ${alternative}`}.`,
  );
}
