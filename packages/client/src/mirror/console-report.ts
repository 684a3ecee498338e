/**
 * Everything a mirror has to say, as lines and bars for a person.
 */
import {
  adviceFor,
  describeTraits,
  type FingerprintComparison,
  type TargetKindFinding,
  type TargetTraits,
} from '@lanmirror/engine/core';
import { displayName, type Log, lines, type PathPattern, type Progress } from '@lanmirror/engine/host';
import type { ServerState, SourceProblem } from '@lanmirror/protocol';
import type { Problem } from '../apply/problem-list.ts';
import { differenceLines } from '../control/difference-text.ts';
import { type FingerprintFacts, fingerprintLines } from '../control/fingerprint-line.ts';
import { lineFor } from '../job/job-line.ts';
import type { AdoptionSummary } from '../plan/difference.ts';
import type { CheckResult } from '../plan/node-check.ts';
import { DialError } from '../session/dial.ts';
import type { Link } from '../session/link.ts';
import { RefusedError } from '../session/link.ts';
import type { SourceWord } from '../source/source-word.ts';
import type { WaitingFiles } from '../state/aging.ts';
import { type KeptFacts, keptText } from './kept-text.ts';
import type { MirrorReport } from './mirror-options.ts';
import type { PassResult } from './pass.ts';
import { concerning, type ExceptedPaths, leftAloneText, letInText, partText, syncText } from './sync-text.ts';
import { networkDriveText } from './target-kind-text.ts';
import { youngText } from './young-text.ts';

const LARGE_BYTES = 1 << 20;
const MAX_LISTED = 20;
const MAX_HELD_LISTED = 10;
const LOOKED_CHANGED = 'Looked changed on the mirror, and the content is right';
/** Refusals that no waiting cures. */
const FINAL_REFUSALS = new Set(['version', 'no-such-root', 'no-such-share', 'bad-message']);

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
  /**
   * The only part that is dealt with, how many paths of the source are in it, and whether there was anything at
   * all; undefined for everything.
   */
  part(): { readonly pattern: PathPattern; count(): number; readonly isFound: boolean } | undefined;
  /** Paths that could not be handled here, and that a person was told of. */
  failedPaths(): readonly string[];
  /** Tops of what would be deleted if no hold were. */
  heldPaths(): readonly string[];
  /** Links of the source that are left out because none are wanted. */
  skippedLinks(): number;
  /** What stands here although the source does not have it, and the rule that keeps it. */
  kept(): KeptFacts;
  /** Files that wait until they are old enough. */
  young(): WaitingFiles | undefined;
  /** How the fingerprints are, and why they may differ. */
  fingerprints(): FingerprintFacts;
  /** Whether the rules of this mirror itself leave out what is at a path, whatever it is. */
  isLeftOut(path: string): boolean;
  /** Bytes of file contents received in this run. */
  contentBytes(): number;
  /** Asks a person; resolves to false without a terminal. */
  ask(question: string): Promise<boolean>;
}

export class ConsoleReport implements MirrorReport {
  readonly #options: ConsoleOptions;
  readonly #log: Log;
  #isStartTold = false;
  #isPassOver = false;
  /** What was said of being in sync last; '' when it is not so any more. */
  #saidSync = '';
  #syncedAt = -1;
  #retries = 0;
  #lastProof: FingerprintComparison = 'unknown';
  #state: ServerState | undefined;
  /** Problems of the source that were named already. */
  #namedAtSource: ReadonlySet<string> = new Set();
  readonly #listeners = new Set<(sequence: number) => void>();
  result: PassResult | undefined;
  isRefused: Error | undefined;
  /** A hold was told: deletions wait for a person. */
  isHeld = false;
  #untoldHold: string | undefined;
  /** Why the last try to connect failed; '' when it did not. */
  lastFault = '';
  isDeclined = false;
  /** An adoption was agreed to: what differs of it is replaced, and nobody edited it behind our back. */
  #isAdopting = false;
  /** Since it was told last: files that were put right, and those of which only looks had changed. */
  #edited = 0;
  #looked = 0;
  /** What was added on the mirror and put away, since it was told last. */
  #added = 0;

  constructor(options: ConsoleOptions) {
    this.#options = options;
    this.#log = options.log;
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
    this.result = result;
    this.#options.progress.end();
    this.#log.info(lines.completed(result.mode, result.seconds));
    this.#log.info(
      lines.results(result.synced, result.failed, result.mode === 'full' ? undefined : result.skipped),
    );
    this.#tellEdited();
    this.#tellSkippedLinks();
    this.#log.debug(`Content received: ${this.#options.contentBytes()} bytes`);
    if (this.#untoldHold !== undefined) this.#tellHold(this.#untoldHold);
  }

  #tellEdited(): void {
    const [more, looked, moreAdded] = [this.#edited - MAX_LISTED, this.#looked, this.#added - MAX_LISTED];
    [this.#edited, this.#looked, this.#added] = [0, 0, 0];
    if (more > 0) this.#log.warn(`... and ${more} more`);
    if (moreAdded > 0) this.#log.warn(`... and ${moreAdded} more that were added`);
    if (looked > 0) this.#log.info(`${LOOKED_CHANGED}: ${looked} file${looked === 1 ? '' : 's'}`);
  }

  #tellSkippedLinks(): void {
    const count = this.#options.skippedLinks();
    if (count > 0)
      this.#log.info(`${count} symbolic link${count === 1 ? ' is' : 's are'} left out (Links = skip)`);
  }

  /** Paths that may have contents and that the server could not read, as it told last: how many, and the first. */
  get unreadAtSource(): { readonly count: number; readonly problems: readonly SourceProblem[] } {
    const { unreadCount = 0, problems = [] } = this.#state ?? {};
    const named = problems.slice(0, unreadCount);
    const concerned = named.filter(({ path }) => !this.#options.isLeftOut(path));
    return { count: unreadCount - named.length + concerned.length, problems: concerned };
  }

  /** Those of them that may be, or hold, something of the part that is dealt with. */
  get unreadInPart(): ExceptedPaths {
    const { count, problems } = this.unreadAtSource;
    const pattern = this.#options.part()?.pattern;
    const isConcerned = (path: string): boolean =>
      pattern === undefined || pattern.isMatch(path) || pattern.mayHold(path);
    return concerning({ count, paths: problems.map(({ path }) => path) }, isConcerned);
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
    if (isContentRight) {
      // A pass counts them; beside it there may be no end of a round to tell of.
      if (this.#isPassOver) this.#log.info(`${LOOKED_CHANGED}: ${displayName(path)}`);
      else this.#looked += 1;
      return;
    }
    if (this.#isAdopting) return;
    this.#edited += 1;
    if (this.#edited <= MAX_LISTED)
      this.#log.warn(
        `Changed on the mirror, put right (what was there is in the trash): ${displayName(path)}`,
      );
  }

  added(path: string): void {
    if (this.#isAdopting) return;
    this.#added += 1;
    if (this.#added <= MAX_LISTED)
      this.#log.warn(`Added on the mirror, put away (it is in the trash): ${displayName(path)}`);
  }

  extra(path: string): void {
    this.#log.info(`Not at the source, put away (it is in the trash): ${displayName(path)}`);
  }

  kept(path: string): void {
    const { rule } = this.#options.kept();
    this.#log.info(`Kept: ${displayName(path)} (not at the source; ${rule.text})`);
  }

  copying(path: string, done: number, total: number): void {
    if (total > LARGE_BYTES) this.#options.progress.copying(path, done, total);
  }

  settled(): void {
    // The pass counts it.
  }

  inSync(sequence: number): void {
    // A dry run has changed nothing: what it has to say is its list. Of nothing there is nothing to say.
    const isFound = this.#options.part()?.isFound ?? true;
    if (!this.#options.isDryRun && this.sourceHalt === '' && isFound) this.#tellInSync(sequence);
    this.#notify(sequence);
  }

  #tellInSync(sequence: number): void {
    this.#tellEdited();
    const text = this.#syncText();
    const bytes = this.#options.contentBytes();
    const isProof = this.#saidSync === '' && this.#options.part() === undefined;
    if (isProof)
      for (const line of fingerprintLines({ ...this.#options.fingerprints(), server: undefined }))
        this.#log.info(line);
    if (text !== this.#saidSync) this.#log.info(text);
    else this.#log.debug(`${text} (sequence ${sequence}, content received: ${bytes} bytes)`);
    this.#saidSync = text;
    this.#syncedAt = sequence;
  }

  #syncText(): string {
    const { failedPaths, isOnePass, sourceWord: reader } = this.#options;
    const paths = failedPaths();
    const exceptions = { failed: { count: paths.length, paths }, unread: this.unreadInPart, reader };
    const where = isOnePass ? 'see above' : '"lanmirror-client status" names them';
    const part = this.#options.part();
    // A live mirror would say it again with each of them.
    const young = isOnePass ? youngText(this.#options.young()) : '';
    const beginning = `in sync${keptText(this.#options.kept())}${young}`;
    if (part === undefined) return syncText(beginning, exceptions, where);
    return partText(part.pattern.text, part.count(), exceptions, where);
  }

  /** Each proof is told once, and again when the other one was told meanwhile. */
  compared(comparison: FingerprintComparison): void {
    if (this.#options.isDryRun || (comparison !== 'identical' && comparison !== 'differs')) return;
    const level = comparison === this.#lastProof ? 'debug' : comparison === 'differs' ? 'warn' : 'info';
    this.#lastProof = comparison;
    for (const line of fingerprintLines(this.#options.fingerprints())) this.#log[level](line);
  }

  searched(folders: number, entries: number): void {
    const what = `${folders} folders compared, ${entries} entries told`;
    this.#log.debug(`What was deleted while this mirror was away is known: ${what}.`);
  }

  /** Named whatever their number is: up to a limit each, then how many more. */
  differing(paths: readonly string[], isLeft: boolean): void {
    for (const line of differenceLines(paths, isLeft)) this.#log.warn(line);
  }

  problem({ path, code, message, nextTryMs }: Problem): void {
    const { cure } = adviceFor(code);
    const next =
      nextTryMs === undefined ? 'it is tried again when it changes' : 'it is tried again by itself';
    this.#log.warn(`Failed: ${displayName(path)}: ${displayName(message)} (${code}); ${next}. ${cure}`);
  }

  held(missing: number, existed: number, isSourceNew: boolean): void {
    const { sourceWord: word } = this.#options;
    const text = isSourceNew
      ? `HELD: ${missing} of ${existed} entries are not at the ${word}, and its index is a new one: it may be ${word === 'server' ? 'another server, or ' : ''}another folder. Nothing is changed here.`
      : `HELD: ${missing} of ${existed} entries are gone at the source. What is still here of that is not deleted; everything else goes on.`;
    // What else there is to do is done first, and counted.
    if (this.#options.isOnePass && !this.#isPassOver && !isSourceNew) this.#untoldHold = text;
    else this.#tellHold(text);
  }

  #tellHold(text: string): void {
    const paths = this.#options.heldPaths();
    this.isHeld = true;
    this.#untoldHold = undefined;
    this.#log.error(text);
    for (const path of paths.slice(0, MAX_HELD_LISTED)) this.#log.error(`  ${displayName(path)}`);
    if (paths.length > MAX_HELD_LISTED) this.#log.error(`  ... and ${paths.length - MAX_HELD_LISTED} more`);
    this.#log.error('If the source is wrong, put it right, and this ends by itself.');
    this.#log.error(
      `If it is meant: ${lineFor(this.#options.job, 'accept')}. What is deleted goes to the trash.`,
    );
    this.#notify(-1);
  }

  targetHalt(reason: string): void {
    if (reason === '') this.#log.info('The target is back; going on.');
    else
      this.#log.error(
        `HALTED: ${reason}. Nothing is written until it is back; mount it again and this goes on by itself. If it is a new disk, or is to be filled again: ${lineFor(this.#options.job, 'accept')}.`,
      );
    this.#notify(-1);
  }

  /** Why the server waits with everything; '' when it does not. */
  get sourceHalt(): string {
    return this.#state?.halt ?? '';
  }

  serverState(state: ServerState): void {
    const before = this.#state;
    this.#state = state;
    this.#tellServerHalt(state.halt, before?.halt ?? '');
    if (state.scanning) return;
    this.#tellProblems(state);
    // What was said of being in sync is put right as soon as it is not the truth any more.
    if (this.#saidSync !== '' && this.#saidSync !== this.#syncText()) this.#tellInSync(this.#syncedAt);
  }

  #tellProblems(state: ServerState): void {
    if (this.#options.sourceWord === 'source') return;
    const named = this.#namedAtSource;
    this.#namedAtSource = new Set(state.problems.map(({ path, code }) => `${code} ${path}`));
    const isNews = (path: string, code: string): boolean =>
      !named.has(`${code} ${path}`) && !this.#options.isLeftOut(path);
    const fresh = state.problems.filter(({ path, code }) => isNews(path, code));
    for (const { path, code } of fresh.slice(0, MAX_LISTED))
      this.#log.warn(
        code === 'damaged'
          ? `Damaged on the server: ${displayName(path)} (${code}): ${adviceFor(code).cause}`
          : `Not mirrored by the server: ${displayName(path)} (${code})`,
      );
    const more = state.problemCount - Math.min(state.problems.length, MAX_LISTED);
    if (fresh.length > 0 && more > 0) this.#log.warn(`... and ${more} more`);
  }

  #tellServerHalt(halt: string, before: string): void {
    if (halt === before) return;
    // Until it goes on, nobody knows whether the mirror is like the source.
    this.#saidSync = '';
    const { sourceWord } = this.#options;
    if (halt === '') this.#log.info(`The ${sourceWord} goes on.`);
    else this.#log.error(`The ${sourceWord} waits: ${displayName(halt)}`);
    this.#notify(-1);
  }

  checked({ changed, missing }: CheckResult): void {
    const { isDryRun } = this.#options;
    this.#tellEdited();
    // Whether only its looks have changed is known when its content was compared: then it is told.
    if (isDryRun) this.#list('Looks changed on the mirror', changed);
    this.#list(`Missing on the mirror${isDryRun ? '' : ', fetched again'}`, missing);
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

  async confirm({ matches, extras, kept, toFetch }: AdoptionSummary): Promise<boolean> {
    const stay = kept === 0 ? 'Extras' : `${kept} extras stay (${this.#options.kept().rule.text}); others`;
    this.#log.info(
      `The target is not empty: ${matches} entries match, ${extras} are extra, ${toFetch} files are to be fetched. ${stay} and replaced files go to the trash.`,
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
    this.#retries = 0;
    this.lastFault = '';
    this.#log.debug(`Connected to ${link.welcome.name}: ${link.welcome.reason}`);
    if (this.#isPassOver) this.#log.info(`Connected again: ${link.welcome.reason}`);
    this.#notify(-1);
  }

  disconnected(why: string): void {
    this.#saidSync = '';
    // What the server said of itself may be over by now.
    this.#state = undefined;
    const cause = why === '' ? '' : ` (${displayName(why)})`;
    this.#log.warn(`The connection was lost${cause}; connecting again.`);
  }

  /** The session was ended from here: nobody knows how the source is until the next. */
  rested(): void {
    this.#saidSync = '';
    this.#state = undefined;
    this.lastFault = '';
    this.#notify(-1);
  }

  /** A try to connect failed. What cannot get better by waiting is remembered for the exit code. */
  failed(error: Error, isFirstContact: boolean, retryMs: number): void {
    const isKey = error instanceof DialError && error.fault === 'key';
    const isFinal = error instanceof RefusedError && FINAL_REFUSALS.has(error.refusal.code);
    if ((isKey || isFinal) && isFirstContact) {
      this.isRefused = error;
      this.#notify(-1);
      return;
    }
    this.#retries += 1;
    this.lastFault = displayName(error.message);
    const text = `No connection to the ${this.#options.sourceWord}: ${displayName(error.message)}; trying again in ${Math.ceil(retryMs / 1000)} s.`;
    if (this.#retries === 1 || this.#retries % 10 === 0) this.#log.warn(text);
    else this.#log.debug(text);
    this.#notify(-1);
  }
}
