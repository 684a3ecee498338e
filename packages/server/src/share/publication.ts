/**
 * One share of a server: the folder and its index, as far as they can be had. One that cannot be had is tried again
 * by itself, and keeps none of the others from being served.
 *
 * Owns the lock of the share's state folder, the opened share, and the timer of the next try.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SERVER_ACCEPT } from '@lanmirror/engine/core';
import {
  acquireLock,
  type BandwidthReport,
  displayName,
  type Lock,
  realPath,
  type ShareRuleSettings,
  typedCommand,
  UserError,
} from '@lanmirror/engine/host';
import {
  type LeftOutPaths,
  openShare,
  type Share,
  type ShareOptions,
  type SourceFilter,
} from '@lanmirror/engine/source';
import { sourceFilterOf } from '../control/source-filter-of.ts';
import { addedText, LATER_TEXT, removedText } from './rule-text.ts';
import { type ShareSpec, shareTitle } from './share-spec.ts';

const AGAIN_MS = 30_000;
const MAX_NAMED = 5;

export interface PublicationOptions extends Omit<ShareOptions, 'shareName' | 'monitorDir' | 'filter'> {
  readonly spec: ShareSpec;
  /** Makes the state folder, if needed. Throws UserError when it cannot be had. */
  openState(): void;
  /** What of the folder is published. Rejects with UserError when that cannot be known. */
  filter(): Promise<SourceFilter>;
  /** The program holds the lock of this state folder already. */
  readonly isLocked: boolean;
  /** Pause before the next try, ms. */
  readonly againMs?: number;
  /** What its clients together may be sent, beside what those of all shares may. */
  bandwidth(): BandwidthReport;
  /** What a person has to do something about. */
  alarm(text: string): void;
}

export class Publication {
  readonly spec: ShareSpec;
  readonly stateDir: string;
  readonly #options: PublicationOptions;
  /** Undefined until it was read for the first time. */
  #filter: SourceFilter | undefined;
  /** The rules until now, as long as it is not known what came with those of now. */
  #before: SourceFilter | undefined;
  #share: Share | undefined;
  #fault: UserError | undefined;
  #lock: Lock | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The present try, or what is done about other rules; it never rejects. */
  #trying: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: PublicationOptions) {
    this.spec = options.spec;
    this.stateDir = options.stateDir;
    this.#options = options;
  }

  /** Undefined while it cannot be had. */
  get share(): Share | undefined {
    return this.#share;
  }

  /** Why it cannot be had; undefined while it can. */
  get fault(): UserError | undefined {
    return this.#fault;
  }

  get bandwidth(): BandwidthReport {
    return this.#options.bandwidth();
  }

  /**
   * Opens the share; nothing is watched or scanned yet. Rejects with what {@link fault} is then.
   * @param rulesBefore what the first scan tells is compared with these rules
   */
  async open(rulesBefore?: SourceFilter): Promise<void> {
    const { spec, stateDir, isLocked, openState } = this.#options;
    const { name: shareName, monitorDir } = spec;
    try {
      requireStill(monitorDir);
      openState();
      const filter = this.#filter ?? (await this.#options.filter());
      this.#filter = filter;
      if (!isLocked) this.#lock = acquireLock(join(stateDir, 'lock'), `A lanmirror-server for ${monitorDir}`);
      this.#share = await openShare({
        ...{ ...this.#options, filter, shareName, monitorDir, rulesBefore },
        acceptCommand: typedCommand(SERVER_ACCEPT),
        stateChanged: () => this.#stateChanged(),
      });
      this.#fault = undefined;
    } catch (error) {
      this.#lock?.release();
      this.#lock = undefined;
      this.#fault = error instanceof UserError ? error : new UserError('SHARE_FAILED', `${String(error)}.`);
      throw error;
    }
  }

  /** Begins to watch and scan, or to try again and again. Once. */
  start(): void {
    if (this.#share !== undefined) return this.#share.start();
    if (this.#fault !== undefined) this.#tell(this.#fault);
    this.#tryLater();
  }

  /**
   * Other rules from now on. The share is closed and opened with them, as by another start of the server: nobody is told
   * a change under one set of rules with another in his hands. Does nothing for those that say the same.
   */
  useRules(settings: ShareRuleSettings): void {
    this.#trying = this.#trying.then(() => this.#openWith(settings)).catch((error) => this.#failed(error));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#trying;
    await this.#share?.stop();
    this.#lock?.release();
  }

  async #openWith(settings: ShareRuleSettings): Promise<void> {
    const [share, filter] = [this.#share, await sourceFilterOf(settings)];
    // Where a line stands is nothing that anybody has to be told anew.
    if (this.#filter?.isOther(filter) === false) return this.#filter.takeOrigins(filter);
    const before = this.#filter;
    this.#filter = filter;
    // What cannot be had now is opened with them.
    if (share === undefined || this.#isStopped) return;
    // What ignore files say that were not read until now is found by the scan, which tells it.
    const isToldLater = before !== undefined && !before.hasIgnoreNamesOf(filter);
    if (isToldLater) this.#options.note('info', LATER_TEXT);
    else await this.#show(share, filter, removedText);
    this.#share = undefined;
    await share.stop('the rules of the share are other ones now');
    this.#lock?.release();
    this.#lock = undefined;
    await this.open(isToldLater ? before : undefined);
    this.#before = isToldLater ? undefined : before;
    (this.#share as Share | undefined)?.start();
  }

  /** Rules take effect also where nobody can say what they do. */
  async #show(share: Share, filter: SourceFilter, textOf: (paths: LeftOutPaths) => string): Promise<void> {
    const { note } = this.#options;
    try {
      note('info', textOf(await share.leftOutBy(filter, MAX_NAMED)));
    } catch (error) {
      note('warn', `What the new rules do cannot be told: ${String(error)}`);
    }
  }

  /** The index, or the folder, cannot be had after that. */
  #failed(error: unknown): void {
    this.#fault ??= error instanceof UserError ? error : new UserError('SHARE_FAILED', `${String(error)}.`);
    this.#tell(this.#fault);
    this.#tryLater();
  }

  #stateChanged(): void {
    this.#options.stateChanged?.();
    const [share, before] = [this.#share, this.#before];
    if (share === undefined || before === undefined || share.isScanning || share.halt !== '') return;
    this.#before = undefined;
    this.#trying = this.#trying.then(async () => {
      if (this.#share !== share || this.#isStopped) return;
      await this.#show(share, before, addedText);
    });
  }

  #tryLater(): void {
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#trying = this.#tryNow();
    }, this.#options.againMs ?? AGAIN_MS);
    this.#timer.unref();
  }

  async #tryNow(): Promise<void> {
    const before = this.#fault?.message;
    // An index is opened by writing to it: not every time for a folder that is not there.
    if (this.#fault?.code === 'NO_MONITOR_DIR' && !existsSync(this.spec.monitorDir)) return this.#tryLater();
    await this.open().catch(() => undefined);
    if (this.#fault !== undefined) {
      if (this.#fault.message !== before) this.#tell(this.#fault);
      return this.#tryLater();
    }
    this.#options.note('info', `${displayName(this.spec.monitorDir)} is published now.`);
    this.#share?.start();
  }

  #tell({ message, nextStep }: UserError): void {
    const text = `${shareTitle(this.spec)} is not served: ${message} ${nextStep}`.trim();
    this.#options.alarm(`${text} It is looked at again by itself; the other shares are served.`);
  }
}

/** The state folder is that of another folder, if there is a link now where nothing was at the start. */
function requireStill(monitorDir: string): void {
  const real = realPath(monitorDir);
  if (real === monitorDir) return;
  throw new UserError(
    'ROOT_MOVED',
    `MonitorDir ${displayName(monitorDir)} leads to ${displayName(real)} now, which it did not at the start.`,
    'Start the server again, and it is published.',
  );
}
