/** Whether patterns of paths tell capitals from small letters on this system. */

/** Where the file systems that people use take the letters A to Z for a to z. */
const FOLDING_PLATFORMS: ReadonlySet<string> = new Set(['darwin', 'win32']);

/** Whether a pattern that names `A` means `a`, too. */
export function ignoresLetterCase(platform: string = process.platform): boolean {
  return FOLDING_PLATFORMS.has(platform);
}
