/** Times as a person at this machine reads them. Pure, but for the time zone. */

/** Milliseconds since 1970 as the clock on the wall shows them: `2025-03-31 12:00:00`. */
export function localTime(ms: number): string {
  const time = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return time.toISOString().slice(0, 19).replace('T', ' ');
}

/** The same for a time in ISO 8601, as reports have it. */
export function localTimeOf(iso: string): string {
  return localTime(Date.parse(iso));
}
