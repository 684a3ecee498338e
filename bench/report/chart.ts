/** The results as a picture: bars of how many times as long the others take, as SVG. */
import { median } from '../measure/statistics.ts';
import { type Finding, standing } from '../work/finding.ts';
import { quantity, times } from './quantity.ts';

const WIDTH = 900;
const LEFT = 300;
const RIGHT = 150;
const BAR = 14;
const ROW_GAP = 14;
const TOP = 56;
const COLORS = ['#4c78a8', '#f58518', '#54a24b', '#b279a2', '#e45756', '#72b7b2', '#9d755d'];
const OWN_COLOR = '#1b4f72';
/** Beyond this a bar is cut off, so that the others can still be seen. */
const MOST = 10;

/** One bar: a tool, and its figure as so many times ours. */
interface Bar {
  readonly tool: string;
  readonly factor: number;
  readonly text: string;
}

/**
 * For each finding in which `own` and somebody else have figures, a group of bars: `own` is 1, a longer bar is worse.
 * `title` says where and how it was measured.
 */
export function chart(
  findings: readonly Finding[],
  tools: readonly string[],
  own: string,
  title: string,
): string {
  const groups = findings
    .map((finding) => ({ name: `${finding.work}: ${finding.what}`, bars: barsOf(finding, tools, own) }))
    .filter(({ bars }) => bars.length > 1);
  const lines: string[] = [];
  let y = TOP;
  for (const { name, bars } of groups) {
    lines.push(text(LEFT - 12, y + (bars.length * BAR) / 2 + 4, name, 'end'));
    for (const bar of bars) {
      lines.push(...drawn(bar, y, bar.tool === own ? OWN_COLOR : colorOf(tools.indexOf(bar.tool))));
      y += BAR;
    }
    y += ROW_GAP;
  }
  const one = LEFT + scaled(1);
  const rule = `<line x1="${one}" y1="${TOP - 6}" x2="${one}" y2="${y - ROW_GAP + 4}" stroke="#888" stroke-dasharray="3 3"/>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(`${title}: ${own} is 1; a longer bar is worse`)}</title>`,
    `<rect width="${WIDTH}" height="${y}" fill="#ffffff"/>`,
    text(WIDTH / 2, 20, title, 'middle'),
    text(WIDTH / 2, 38, `${own} is 1; a longer bar is worse`, 'middle'),
    ...lines,
    rule,
    '</svg>',
    '',
  ].join('\n');
}

function barsOf(finding: Finding, tools: readonly string[], own: string): Bar[] {
  const figured = tools.filter((tool) => (finding.values[tool] ?? []).length > 0);
  if (!figured.includes(own)) return [];
  return figured.map((tool) => {
    const figure = quantity(median(finding.values[tool] ?? []), finding.unit);
    const factor = 1 / standing(finding, own, tool);
    return { tool, factor, text: tool === own ? `${tool} ${figure}` : `${tool} ${figure}, ${times(factor)}` };
  });
}

function drawn(bar: Bar, y: number, color: string): string[] {
  const length = Number.isFinite(bar.factor) ? scaled(Math.min(bar.factor, MOST)) : 0;
  const cut = bar.factor > MOST ? ' ...' : '';
  return [
    `<rect x="${LEFT}" y="${y}" width="${length}" height="${BAR - 2}" fill="${color}"/>`,
    text(LEFT + length + 6, y + BAR - 4, `${bar.text}${cut}`, 'start', 11),
  ];
}

/** Length of a bar, in the units of the picture. */
const scaled = (factor: number): number => Math.round(((WIDTH - LEFT - RIGHT) * factor) / MOST);

const colorOf = (at: number): string => COLORS[Math.max(0, at) % COLORS.length] ?? '';

function text(x: number, y: number, content: string, anchor: string, size = 12): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}" fill="#222">${escaped(content)}</text>`;
}

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
