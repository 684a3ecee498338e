/** What `excluded` prints. Pure, but for the time zone. */
import { displayName } from '@lanmirror/engine/host';
import { localTime, sizeText } from '../control/plain-text.ts';
import type { ExcludingRule } from '../plan/excluded-place.ts';
import type { Removal, Shown } from './excluded-desk.ts';
import type { ExcludedNode } from './find-excluded.ts';
import type { Obstacle } from './weigh-node.ts';

const OBSTACLES: Readonly<Record<Obstacle, string>> = {
  never: 'the rule for deletions (Delete, DeleteNever) keeps',
  cleaned: 'CleanSource took it from the source, so this may be the only copy:',
  mounted: 'another disk is mounted at',
  target: 'a mirror of its own is in',
  problem: 'there is a problem with',
  blind: 'the source cannot look now at',
  unreadable: 'not all can be read of',
};

/** `   3.0 KB    2 files  cache/  ("/cache/", the rules of this mirror: client.ini line 4)`. */
export function nodeLine(node: ExcludedNode, otherSide: 'server' | 'source'): string {
  const { sizeBytes, files, rule, stays } = node;
  const stay = stays === undefined ? '' : `; stays: ${OBSTACLES[stays.why]} ${displayName(stays.path)}`;
  const size = sizeText(sizeBytes).padStart(9);
  return `${size}  ${count(files).padStart(11)}  ${shownPath(node)}  (${ruleText(rule, otherSide)}${stay})`;
}

/** A folder with a slash behind it, and the path here where that is another. */
export function shownPath({ path, here, kind }: ExcludedNode): string {
  const slash = kind === 'directory' ? '/' : '';
  const other = path === here ? '' : ` (here ${displayName(here)}${slash})`;
  return `${displayName(path)}${slash}${other}`;
}

function ruleText({ by, kind, line, origin }: ExcludingRule, otherSide: string): string {
  const whose = by === 'server' ? `the ${otherSide}'s rules` : 'the rules of this mirror';
  if (kind === 'size') return `its size, ${whose}`;
  if (kind === 'age') return `older than MaxAge, ${whose}`;
  const what = kind === 'extension' ? 'its extension' : `"${displayName(line)}"`;
  return `${what}, ${whose}: ${displayName(origin)}`;
}

/**
 * The last lines of a list. `next` is the command that puts all of it away, '' when that is what runs. `otherSide` is what is
 * mirrored: a server, or a folder of this machine, to which there is no connection.
 */
export function summaryLines(
  nodes: readonly ExcludedNode[],
  shown: Shown,
  typed: string,
  next: string,
  otherSide: 'server' | 'source',
): string[] {
  const lines = nodes.length === 0 ? [nothingText(shown, typed)] : [totalText(nodes)];
  const staying = nodes.filter(({ stays }) => stays !== undefined).length;
  if (staying > 0)
    lines.push(`${staying} of them stay${staying === 1 ? 's' : ''} in any case, for the reason above.`);
  if (shown.hasRules && shown.rulesHeardMs !== null) lines.push(asOfText(shown.rulesHeardMs, otherSide));
  if (next !== '' && nodes.length > staying)
    lines.push(`${next} moves ${staying === 0 ? 'all of this' : 'the rest'} to the trash.`);
  return lines;
}

function nothingText({ hasRules, holder }: Shown, typed: string): string {
  if (!hasRules) return 'No rule leaves anything out.';
  if (holder !== '') return `${displayName(holder)}/ is left out as a whole: ask for that.`;
  return typed === ''
    ? 'Nothing that the rules leave out is here.'
    : `Nothing that matches '${displayName(typed)}' is left out by the rules and is here.`;
}

/** `2 paths, 5 files, 3.0 KB`. */
export function totalText(nodes: readonly ExcludedNode[]): string {
  const sum = (of: (node: ExcludedNode) => number): number =>
    nodes.reduce((total, node) => total + of(node), 0);
  const paths = nodes.length === 1 ? '1 path' : `${nodes.length} paths`;
  return `${paths}, ${count(sum(({ files }) => files))}, ${sizeText(sum(({ sizeBytes }) => sizeBytes))}`;
}

function asOfText(heardMs: number, otherSide: 'server' | 'source'): string {
  const when =
    heardMs === 0 ? `an earlier ${otherSide === 'server' ? 'session' : 'run'}` : localTime(heardMs);
  const why = otherSide === 'server' ? 'There is no connection' : 'Nobody is looking at the source now';
  return `${why}: what the source leaves out is as of ${when}.`;
}

/** What became of one that did not go. */
export function leftLine({ path, outcome, code }: Removal): string {
  const why =
    outcome === 'failed'
      ? code
      : outcome === 'gone'
        ? 'nothing is there any more'
        : 'it is not what was shown';
  return `Not moved: ${displayName(path)} (${why})`;
}

function count(files: number): string {
  return files === 1 ? '1 file' : `${files} files`;
}
