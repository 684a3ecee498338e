/** `npm run bench`: measures what was asked for, prints it, and leaves nothing behind. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AIMS } from './aim.ts';
import { HELP, type Options, parseOptions } from './option.ts';
import { chart } from './report/chart.ts';
import { type Result, resultOf } from './report/result.ts';
import { table } from './report/table.ts';
import { LANMIRROR } from './tool/lanmirror.ts';
import type { Tool } from './tool/tool.ts';
import { isInstalled, QUICK_TOOLS, TOOLS } from './tool/tools.ts';
import { Bench, type Work } from './work/bench.ts';
import type { Failure, Finding } from './work/finding.ts';
import { FULL, QUICK } from './work/scale.ts';
import { WORKS } from './work/works.ts';

const QUICK_NOTE = 'The aims are for the full size: with --quick the start of a program is most of its time.';
const say = (line: string): void => console.log(line);
const OTHERS = TOOLS.filter((tool) => tool !== LANMIRROR).map(({ name }) => name);

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(
    args,
    WORKS.map(({ name }) => name),
    OTHERS,
  );
  if (options.isHelp) say(HELP);
  else if (options.isList) list();
  else return await measure(options, args);
  return 0;
}

function list(): void {
  say('Work:');
  for (const { name, about, isLong } of WORKS)
    say(`  ${name.padEnd(14)}${about}${isLong === true ? ' (not with --quick)' : ''}`);
  say('Tools:');
  for (const tool of TOOLS)
    say(`  ${tool.name.padEnd(14)}${tool.about}${isInstalled(tool) ? '' : ' (not installed)'}`);
  say('Aims are set for:');
  for (const key of Object.keys(AIMS)) say(`  ${key}`);
}

async function measure(options: Options, flags: readonly string[]): Promise<number> {
  const scale = options.isQuick ? QUICK : FULL;
  const dir = mkdtempSync(join(options.dir === '' ? tmpdir() : options.dir, 'lanmirror-bench-'));
  const tools = toolsFor(options);
  const bench = new Bench({ dir, scale, tools, rounds: options.rounds ?? scale.rounds, say });
  const findings: Finding[] = [];
  const publish = (): void => {
    report(findings, bench.failures, tools);
    if (options.isQuick) say(QUICK_NOTE);
    write(options, resultOf(flags, findings, bench.failures), tools);
  };
  const heedsSignals = endOnSignal(bench, dir, publish);
  try {
    for (const work of worksFor(options)) {
      say(`${work.name}: ${work.about}`);
      findings.push(...(await bench.do(work)));
    }
  } finally {
    await bench.end();
    rmSync(dir, { recursive: true, force: true });
    if (!heedsSignals.isEnding()) heedsSignals.off();
  }
  // What was broken off is told by who was told to end it.
  if (heedsSignals.isEnding()) return 1;
  publish();
  return bench.failures.length === 0 ? 0 : 1;
}

/** Those that were asked for and are here; what is not here is said. */
function toolsFor({ peers, isQuick }: Options): Tool[] {
  const wanted = peers ?? (isQuick ? QUICK_TOOLS : OTHERS);
  const tools = TOOLS.filter((tool) => tool === LANMIRROR || wanted.includes(tool.name));
  for (const tool of tools) if (!isInstalled(tool)) say(`${tool.name} is not installed, and left out`);
  return tools.filter(isInstalled);
}

function worksFor({ only, isQuick }: Options): readonly Work[] {
  if (only.length > 0) return WORKS.filter(({ name }) => only.includes(name));
  return WORKS.filter(({ isLong }) => !isQuick || isLong !== true);
}

interface SignalWatch {
  isEnding(): boolean;
  off(): void;
}

/** A run that is broken off ends what it started, removes its folder and tells what it has so far. */
function endOnSignal(bench: Bench, dir: string, publish: () => void): SignalWatch {
  let isEnding = false;
  const end = (signal: NodeJS.Signals): void => {
    // npm passes on what its whole group has been sent already.
    if (isEnding) return;
    isEnding = true;
    say(`${signal}: ending`);
    void bench.end().finally(() => {
      rmSync(dir, { recursive: true, force: true });
      publish();
      process.exit(1);
    });
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, end);
  return {
    isEnding: () => isEnding,
    off: () => {
      for (const signal of signals) process.off(signal, end);
    },
  };
}

function write({ json, chart: picture }: Options, result: Result, tools: readonly Tool[]): void {
  if (json !== '') writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
  if (picture !== '') writeFileSync(picture, pictureOf(result, tools));
}

function pictureOf({ findings, machine, at }: Result, tools: readonly Tool[]): string {
  const names = tools.map(({ name }) => name);
  const shown = findings.filter(isCharted);
  return chart(
    shown,
    names,
    LANMIRROR.name,
    `${at.slice(0, 10)}, ${machine.processors} cores, Node ${machine.node}`,
  );
}

/** Memory is told in the table; in a picture it would hide what is fast and what is slow. */
const isCharted = ({ unit }: Finding): boolean => unit === 'ms' || unit === 'portion';

function report(findings: readonly Finding[], failures: readonly Failure[], tools: readonly Tool[]): void {
  say('');
  const names = tools.map(({ name }) => name);
  for (const line of table(findings, names, LANMIRROR.name)) say(line);
  say('');
  say('Medians; in brackets lanmirror divided by the other: below 1 is better for lanmirror.');
  for (const { work, tool, reason } of failures) say(`FAILED ${work}, ${tool}: ${reason}`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
