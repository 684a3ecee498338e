/** How the lines of `status`, and lists of which a part is shown, are laid out. Pure. */

/** Headings up to this width, with their colon, let what they say stand in one column. */
const HEADING_WIDTH = 9;

/** `State:    in sync`. */
export function statusLine(heading: string, text: string): string {
  return `${`${heading}:`.padEnd(HEADING_WIDTH)} ${text}`;
}

/** The first `lines` of a list of `count`, and how many more there are; `where` says where, '' for nowhere. */
export function listedLines(lines: readonly string[], count: number, where = ''): string[] {
  const more = count - lines.length;
  if (more <= 0) return [...lines];
  return [...lines, `  ... and ${more} more${where === '' ? '' : ` (${where})`}`];
}
