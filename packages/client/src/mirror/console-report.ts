/**
 * Everything a mirror has to say, as lines and bars for a person, in the order in which it happens.
 *
 * Owns what was told in this run (the pass, whether an adoption was agreed to, a hold that is told when the pass is
 * over) and who listens for the next moment in sync. What of it is news is decided by those that it puts together:
 * `SyncNews`, `SourceNews`, `ContactNews` and `EditTally`. Calls the log, the bars and its listeners. An interruption
 * leaves nothing: the next run tells everything anew.
 */
import {
  adviceFor,
  describeTraits,
  type FingerprintComparison,
  type TargetKindFinding,
  type TargetTraits,
} from '@lanmirror/engine/core';
import {
  displayName,
  type Log,
  type LogLine,
  lines,
  type PathPattern,
  type Progress,
  typedCommand,
} from '@lanmirror/engine/host';
import type { ServerState, SourceProblem } from '@lanmirror/protocol';
import type { Problem } from '../apply/problem-list.ts';
import { differenceLines } from '../control/difference-text.ts';
import { type FingerprintFacts, fingerprintLines } from '../control/fingerprint-line.ts';
import { asTyped } from '../job/job-line.ts';
import type { AdoptionSummary } from '../plan/difference.ts';
import type { CheckResult } from '../plan/node-check.ts';
import type { Link } from '../session/link.ts';
import type { SourceWord } from '../source/source-word.ts';
import type { WaitingFiles } from '../state/aging.ts';
import { ContactNews } from './contact-news.ts';
import type { GuardCounts } from './delete-guard.ts';
import { EditTally } from './edit-tally.ts';
import type { HeldList } from './held-list.ts';
import { holdAdvice, holdText, targetHaltText } from './hold-text.ts';
import { type KeptFacts, keptText } from './kept-text.ts';
import type { MirrorReport } from './mirror-options.ts';
import type { PassResult } from './pass.ts';
import { type PassedFacts, passedText, ruleText } from './passed-text.ts';
import { SourceNews } from './source-news.ts';
import { SyncNews } from './sync-news.ts';
import { concerning, type ExceptedPaths, leftAloneText, letInText, partText, syncText } from './sync-text.ts';
import { networkDriveText } from './target-kind-text.ts';
import { youngText } from './young-text.ts';

const LARGE_BYTES = 1 << 20;
const MAX_LISTED = 20;
/** Of what is held so many tops are lines. */
const MAX_HELD = 10;

/** What a report asks of its mirror when it has something to say: each as it is in that moment. */
export interface ReportFacts {
  /**
   * The only part that is dealt with, how many paths of the source are in it, and whether there was anything at
   * all; undefined for everything.
   */
  part(): { readonly pattern: PathPattern; count(): number; readonly isFound: boolean } | undefined;
  /** Paths that could not be handled here, and that a person was told of. */
  failedPaths(): readonly string[];
  /** What would be deleted if no hold were; at most `most` of its tops. */
  heldList(most: number): HeldList;
  /** Links of the source that are left out because none are wanted. */
  skippedLinks(): number;
  /** What stands here although the source does not have it, and the rule that keeps it. */
  kept(): KeptFacts;
  /** What of the source is passed over, and by which rule. */
  passed(): PassedFacts;
  /** Files that wait until they are old enough. */
  young(): WaitingFiles | undefined;
  /** How the fingerprints are, and why they may differ. */
  fingerprints(): FingerprintFacts;
  /** Whether the rules of this mirror itself leave out what is at a path, whatever it is. */
  isLeftOut(path: string): boolean;
  /** Bytes of file contents received in this run. */
  contentBytes(): number;
}

export interface ConsoleOptions {
  /** Name of the job, for commands that a person is to type; '' for the only mirror. */
  readonly job: string;
  readonly log: Log;
  readonly progress: Progress;
  readonly mode: 'incremental' | 'full';
  readonly source: string;
  /** What messages call it. A folder of this machine tells of its own problems itself. */
  readonly sourceWord: SourceWord;
  readonly targetDir: string;
  /** `sync`: the program ends when this pass is over, and its verdict comes last. */
  readonly isOnePass: boolean;
  readonly isDryRun: boolean;
  readonly facts: ReportFacts;
  /** Asks a person; resolves to false without a terminal. */
  ask(question: string): Promise<boolean>;
}

export class ConsoleReport implements MirrorReport {
  readonly #options: ConsoleOptions;
  readonly #facts: ReportFacts;
  readonly #log: Log;
  readonly #sync = new SyncNews();
  readonly #server: SourceNews;
  readonly #contact: ContactNews;
  readonly #edits = new EditTally();
  readonly #listeners = new Set<(sequence: number) => void>();
  #isStartTold = false;
  #isPassOver = false;
  /** An adoption was agreed to: what differs of it is replaced, and nobody edited it behind our back. */
  #isAdopting = false;
  /** Waits for the end of the pass; undefined when none does. */
  #untoldHold: string | undefined;
  /** A hold was told: deletions wait for a person. */
  isHeld = false;
  /** A person said no to an adoption. */
  isDeclined = false;

  constructor(options: ConsoleOptions) {
    this.#options = options;
    this.#facts = options.facts;
    this.#log = options.log;
    this.#server = new SourceNews(options.sourceWord, (path) => options.facts.isLeftOut(path));
    this.#contact = new ContactNews(options.sourceWord);
  }

  /** Why there is no use in trying to connect again; undefined when there is. */
  get refusal(): Error | undefined {
    return this.#contact.refusal;
  }

  /** Why the last try to connect failed; '' when it did not. */
  get lastFault(): string {
    return this.#contact.fault;
  }

  /** Why the server waits with everything; '' when it does not. */
  get sourceHalt(): string {
    return this.#server.halt;
  }

  /** The first of all paths that the source cannot publish, as it told last. */
  get problemsAtSource(): readonly SourceProblem[] {
    return this.#server.problems;
  }

  /** Paths that may have contents and that the server could not read, as it told last: how many, and the first. */
  get unreadAtSource(): { readonly count: number; readonly problems: readonly SourceProblem[] } {
    return this.#server.unread;
  }

  /** Those of them that may be, or hold, something of the part that is dealt with. */
  get unreadInPart(): ExceptedPaths {
    const { count, problems } = this.unreadAtSource;
    const pattern = this.#facts.part()?.pattern;
    const isConcerned = (path: string): boolean =>
      pattern === undefined || pattern.isMatch(path) || pattern.mayHold(path);
    return concerning({ count, paths: problems.map(({ path }) => path) }, isConcerned);
  }

  /**
   * Calls `listener` with the sequence at every moment in sync, and with -1 when something else has changed
   * that a waiting command may want to look at. Returns how to end that.
   */
  subscribe(listener: (sequence: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #notify(sequence: number): void {
    for (const listener of this.#listeners) listener(sequence);
  }

  #say(told: Iterable<LogLine | undefined>): void {
    for (const line of told) if (line !== undefined) this.#log[line.level](line.text);
  }

  /** Before the first contact; told once. */
  starting(): void {
    if (this.#isStartTold) return;
    this.#isStartTold = true;
    const { mode, source, targetDir } = this.#options;
    this.#log.info(lines.start(mode, source, displayName(targetDir)));
    if (mode === 'incremental') this.#log.info(lines.scanning());
  }

  traits(traits: TargetTraits): void {
    const phrases = describeTraits(traits);
    if (phrases.length > 0)
      this.#log.info(`This target ${phrases.join(', ')}: "status" shows what stands under another name`);
  }

  targetKind(finding: TargetKindFinding): void {
    if (finding.kind === 'network') this.#log.info(networkDriveText(finding));
  }

  leftAlone(paths: readonly string[]): void {
    if (this.#options.isDryRun)
      for (const path of paths) this.#log.info(`Would leave alone: ${displayName(path)}`);
    else this.#log.warn(leftAloneText(paths));
  }

  letIn(paths: readonly string[]): void {
    this.#log.info(letInText(paths));
  }

  planned(mode: 'incremental' | 'full', found: number, needed: number): void {
    this.#log.info(lines.found(found));
    if (mode === 'incremental') this.#log.info(lines.needed(needed));
    void this.#options.progress.begin(mode, needed);
  }

  progress(mode: 'incremental' | 'full', done: number, total: number): void {
    this.#options.progress.advance(mode, done, total);
  }

  finished(result: PassResult): void {
    this.#isPassOver = true;
    this.#isAdopting = false;
    this.#options.progress.end();
    this.#log.info(lines.completed(result.mode, result.seconds));
    this.#log.info(
      lines.results(result.synced, result.failed, result.mode === 'full' ? undefined : result.skipped),
    );
    this.#say(this.#edits.close());
    this.#tellSkippedLinks();
    this.#log.debug(`Content received: ${this.#facts.contentBytes()} bytes`);
    if (this.#untoldHold !== undefined) this.#tellHold(this.#untoldHold);
  }

  #tellSkippedLinks(): void {
    const count = this.#facts.skippedLinks();
    if (count > 0)
      this.#log.info(`${count} symbolic link${count === 1 ? ' is' : 's are'} left out (Links = skip)`);
  }

  created(path: string): void {
    if (this.#isPassOver) this.#log.info(lines.created(path));
    else this.#log.debug(lines.created(path));
  }

  modified(path: string): void {
    if (this.#isPassOver) this.#log.info(lines.modified(path));
    else this.#log.debug(lines.modified(path));
  }

  deleted(path: string): void {
    this.#log.info(lines.deleted(path));
  }

  renamed(from: string, to: string): void {
    this.#log.info(lines.renamed(from, to));
  }

  edited(path: string, isContentRight: boolean): void {
    if (isContentRight) this.#say([this.#edits.looked(path, !this.#isPassOver)]);
    else if (!this.#isAdopting) this.#say([this.#edits.edited(path)]);
  }

  added(path: string): void {
    if (!this.#isAdopting) this.#say([this.#edits.added(path)]);
  }

  extra(path: string): void {
    this.#log.info(`Not at the source, put away (it is in the trash): ${displayName(path)}`);
  }

  excluded(path: string): void {
    this.#log.info(`Excluded, put away as you asked (it is in the trash): ${displayName(path)}`);
  }

  forgot(path: string): void {
    this.#log.info(
      `Forgotten as you asked: ${displayName(path)} (it was cleaned from the source, and is gone from here)`,
    );
  }

  kept(path: string, why: string): void {
    this.#log.info(`Kept: ${displayName(path)} (not at the source; ${why})`);
  }

  copying(path: string, done: number, total: number): void {
    if (total > LARGE_BYTES) this.#options.progress.copying(path, done, total);
  }

  settled(): void {
    // The pass counts it.
  }

  inSync(sequence: number): void {
    // A dry run has changed nothing: what it has to say is its list. Of nothing there is nothing to say.
    const isFound = this.#facts.part()?.isFound ?? true;
    if (!this.#options.isDryRun && this.sourceHalt === '' && isFound) this.#tellInSync(sequence);
    this.#notify(sequence);
  }

  #tellInSync(sequence: number): void {
    this.#say(this.#edits.close());
    const { part, fingerprints, contentBytes } = this.#facts;
    // Of a part there is no proof.
    const fingerprint = (): string[] =>
      part() === undefined ? fingerprintLines({ ...fingerprints(), server: undefined }) : [];
    this.#say(this.#sync.inSync(this.#syncText(), sequence, { contentBytes: contentBytes(), fingerprint }));
  }

  #syncText(): string {
    const { isOnePass, sourceWord: reader } = this.#options;
    const paths = this.#facts.failedPaths();
    const exceptions = { failed: { count: paths.length, paths }, unread: this.unreadInPart, reader };
    const where = isOnePass ? 'see above' : `"${typedCommand('lanmirror-client status')}" names them`;
    const part = this.#facts.part();
    // A live mirror would say it again with each of them.
    const young = isOnePass ? youngText(this.#facts.young()) : '';
    const { kept, passed } = this.#facts;
    const beginning = `in sync${keptText(kept())}${passedText(passed())}${young}`;
    if (part === undefined) return syncText(beginning, exceptions, where);
    return partText(part.pattern.text, part.count(), exceptions, where);
  }

  compared(comparison: FingerprintComparison): void {
    const level = this.#options.isDryRun ? undefined : this.#sync.compared(comparison);
    if (level === undefined) return;
    this.#say(fingerprintLines(this.#facts.fingerprints()).map((text) => ({ level, text })));
  }

  searched(folders: number, entries: number): void {
    const what = `${folders} folders compared, ${entries} entries told`;
    this.#log.debug(`What was deleted while this mirror was away is known: ${what}.`);
  }

  /** Named whatever their number is: up to a limit each, then how many more. */
  differing(paths: readonly string[], isLeft: boolean): void {
    for (const line of differenceLines(paths, isLeft, this.#options.job)) this.#log.warn(line);
  }

  problem({ path, code, message, nextTryMs }: Problem): void {
    const { cure } = adviceFor(code);
    const next =
      nextTryMs === undefined ? 'it is tried again when it changes' : 'it is tried again by itself';
    this.#log.warn(
      `Failed: ${displayName(path === '' ? '.' : path)}: ${displayName(message)} (${code}); ${next}. ${asTyped(this.#options.job, cure)}`,
    );
  }

  held(counts: GuardCounts, isSourceNew: boolean): void {
    const { isOnePass, sourceWord } = this.#options;
    const { hasExtras } = this.#facts.heldList(0);
    const text = holdText({ ...counts, isSourceNew, hasExtras }, sourceWord);
    // What else there is to do is done first, and counted.
    if (isOnePass && !this.#isPassOver && !isSourceNew) this.#untoldHold = text;
    else this.#tellHold(text);
  }

  #tellHold(text: string): void {
    this.isHeld = true;
    this.#untoldHold = undefined;
    for (const line of [text, ...holdAdvice(this.#facts.heldList(MAX_HELD), this.#options.job)])
      this.#log.error(line);
    this.#notify(-1);
  }

  targetHalt(reason: string): void {
    if (reason === '') this.#log.info('The target is back; going on.');
    else this.#log.error(targetHaltText(reason, this.#options.job));
    this.#notify(-1);
  }

  serverState(state: ServerState): void {
    const { halt, problems } = this.#server.take(state);
    if (halt !== undefined) {
      // Until it goes on, nobody knows whether the mirror is like the source.
      this.#sync.unsay();
      this.#say([halt]);
      this.#notify(-1);
    }
    this.#say(problems);
    // What was said of being in sync is put right as soon as it is not the truth any more.
    if (!state.scanning && this.#sync.isOtherThan(this.#syncText())) this.#tellInSync(this.#sync.sequence);
  }

  checked({ changed, missing }: CheckResult): void {
    const { isDryRun } = this.#options;
    this.#say(this.#edits.close());
    // Whether only its looks have changed is known when its content was compared: then it is told.
    if (isDryRun) this.#list('Looks changed on the mirror', changed);
    const { rule } = this.#facts.passed();
    const isMade = rule.includes('missing');
    const next = isMade ? (isDryRun ? '' : ', fetched again') : `, and left out (${ruleText(rule)})`;
    this.#list(`Missing on the mirror${next}`, missing);
  }

  #list(what: string, paths: readonly string[]): void {
    for (const path of paths.slice(0, MAX_LISTED)) this.#log.warn(`${what}: ${displayName(path)}`);
    if (paths.length > MAX_LISTED) this.#log.warn(`... and ${paths.length - MAX_LISTED} more`);
  }

  comparing(files: number): void {
    // A single pass ends before that is through; the next live run does it.
    if (this.#options.isOnePass) return;
    if (files === 0) this.#log.info('All files that were taken over are compared by content.');
    else this.#log.info(`Comparing by content ${files} files that were taken over because of size and time`);
  }

  async confirm({ matches, extras, kept, toFetch, passed }: AdoptionSummary): Promise<boolean> {
    const stay = kept === 0 ? 'Extras' : `${kept} extras stay (${this.#facts.kept().rule.text}); others`;
    const left = passedText({ count: passed, rule: this.#facts.passed().rule });
    this.#log.info(
      `The target is not empty: ${matches} entries match, ${extras} are extra, ${toFetch} files are to be fetched${left}. ${stay} and replaced files go to the trash.`,
    );
    const isAgreed = await this.#options.ask('Go on?');
    this.isDeclined = !isAgreed;
    this.#isAdopting = isAgreed;
    if (!isAgreed) this.#notify(-1);
    return isAgreed;
  }

  warn(text: string): void {
    this.#log.warn(displayName(text));
  }

  connected(link: Link): void {
    this.#contact.connected();
    this.#log.debug(`Connected to ${link.welcome.name}: ${link.welcome.reason}`);
    if (this.#isPassOver) this.#log.info(`Connected again: ${link.welcome.reason}`);
    this.#notify(-1);
  }

  disconnected(why: string, isEnded: boolean): void {
    this.#sync.unsay();
    // What the server said of itself may be over by now.
    this.#server.forget();
    this.#say([this.#contact.ended(why, isEnded)]);
  }

  /** The session was ended from here: nobody knows how the source is until the next. */
  rested(): void {
    this.#sync.unsay();
    this.#server.forget();
    this.#contact.rested();
    this.#notify(-1);
  }

  /** A try to connect failed. What cannot get better by waiting is remembered for the exit code. */
  failed(error: Error, isFirstContact: boolean, retryMs: number): void {
    this.#say([this.#contact.failed(error, isFirstContact, retryMs)]);
    this.#notify(-1);
  }
}
