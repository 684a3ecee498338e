/** Sizes and times as the commands print them. Pure, but for the time zone. */

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** Bytes in steps of 1024, with one digit behind the point: `12.3 KB`. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Milliseconds since 1970 as the clock on the wall shows them: `2025-03-31 12:00:00`. */
export function localTime(ms: number): string {
  const time = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return time.toISOString().slice(0, 19).replace('T', ' ');
}
