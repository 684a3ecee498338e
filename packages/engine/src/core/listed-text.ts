/** The first `names` of a list of `count`, on one line of text: `a, b, ... and 3 more`. Pure. */
export function listedText(names: readonly string[], count: number): string {
  const more = count - names.length;
  return [...names, ...(more > 0 ? [`... and ${more} more`] : [])].join(', ');
}
