/** The results as a table for a terminal. */
import { type Aim, aimOf, judge } from '../aim.ts';
import { median } from '../measure/statistics.ts';
import { type Finding, standing } from '../work/finding.ts';
import { quantity, times } from './quantity.ts';

const GAP = '  ';

/**
 * One line for each finding: the median of `own`, those of the others with our ratio to them in brackets (below 1
 * is better for us), the aim and whether it is met. Tools without any figure have no column.
 */
export function table(findings: readonly Finding[], tools: readonly string[], own: string): string[] {
  const shown = tools.filter((tool) => findings.some(({ values }) => (values[tool] ?? []).length > 0));
  const head = ['work', ...shown, 'aim', ''];
  const rows = findings.map((finding) => [
    `${finding.work}: ${finding.what}`,
    ...shown.map((tool) => cell(finding, tool, own)),
    ...aimCells(finding, own),
  ]);
  return align([head, ...rows]);
}

/** An aim in words. */
export function aimText(aim: Aim, { unit }: Finding): string {
  if ('peer' in aim)
    return `<= ${times(aim.times)} ${aim.peer}${aim.plus === 0 ? '' : ` + ${quantity(aim.plus, unit)}`}`;
  return aim.most === undefined ? `>= ${quantity(aim.least ?? 0, unit)}` : `<= ${quantity(aim.most, unit)}`;
}

function cell(finding: Finding, tool: string, own: string): string {
  const { values, unit } = finding;
  const theirs = values[tool] ?? [];
  if (theirs.length === 0) return '';
  const figure = quantity(median(theirs), unit);
  const ours = values[own] ?? [];
  return tool === own || ours.length === 0 ? figure : `${figure} (${times(standing(finding, own, tool))})`;
}

function aimCells(finding: Finding, own: string): [string, string] {
  const aim = aimOf(finding);
  return aim === undefined ? ['', ''] : [aimText(aim, finding), judge(aim, finding, own)];
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows.map((row) =>
    row
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}
