import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Configuration, readConfiguration } from '@lanmirror/engine/host';
import { systemClock } from '@lanmirror/engine/wire';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CleanDesk, type CleanDeskParts } from './clean-desk.ts';
import { cleanLines } from './clean-text.ts';
import type { CleanerHost, LookEnd } from './source-cleaner.ts';

let dir: string;
let desk: Desk;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lanmirror-clean-desk-'));
});
afterEach(async () => {
  await desk.desk.close();
  rmSync(dir, { recursive: true });
});

const settings = (flags: Record<string, string>): Configuration =>
  readConfiguration({
    ...{ section: 'Client', config: '/dev/null', env: {}, cwd: dir },
    flags: { source: dir, ...flags },
  });

/** A desk with a cleaner and a mirror that do what a test says. */
class Desk {
  readonly told: string[] = [];
  readonly settings: { configuration: Configuration };
  readonly mirror = {
    ...{ syncedAt: 0, haltReason: '', hold: { isHeld: false }, isAtRest: true },
  };
  readonly desk: CleanDesk;
  /** What each look ends with; the last for all that follow. */
  ends: LookEnd[] = ['all'];
  looks = 0;
  /** The source answers nothing. */
  isSilent = false;
  due: readonly string[] = [];
  refused: readonly { readonly path: string; readonly message: string }[] = [];
  host: CleanerHost | undefined;
  readonly #listeners = new Set<(sequence: number) => void>();

  constructor(flags: Record<string, string> = { 'clean-source': '0' }) {
    const configuration = settings(flags);
    this.settings = { configuration };
    const cleaner = {
      look: async () => {
        this.looks += 1;
        return this.ends[Math.min(this.looks, this.ends.length) - 1];
      },
      preview: () => this.due,
      ...{ young: { count: 0 }, waitingFolders: { count: 0 } },
    };
    const own = (): readonly unknown[] => this.refused;
    Object.defineProperty(cleaner, 'refused', { get: own });
    const client = {
      mirror: this.mirror,
      link: { drain: (answer: (head: number) => void) => (this.isSilent ? undefined : answer(1)) },
      cleaner: (host: CleanerHost) => {
        this.host = host;
        return cleaner;
      },
      sourceTrash: () => ({ look: async () => undefined }),
    };
    const report = {
      sourceHalt: '',
      subscribe: (listener: (sequence: number) => void) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    };
    const parts = {
      ...{ client, report, configuration, settings: this.settings, isDryRun: false },
      progress: { write: (_level: string, text: string) => this.told.push(text) },
      folder: { dir, share: { halt: '', isScanning: false, hint: () => undefined } },
    };
    this.desk = new CleanDesk(parts as unknown as CleanDeskParts, (error) => {
      throw error;
    });
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** As the mirror tells it: from within the work that is at its end only after that. */
  async inSync(at: number): Promise<void> {
    this.mirror.isAtRest = false;
    this.mirror.syncedAt = at;
    for (const listener of [...this.#listeners]) listener(at);
    for (let step = 0; step < 20; step += 1) await Promise.resolve();
    this.mirror.isAtRest = true;
  }
}

describe('what was taken is waited for until the source has told it', () => {
  test('and until who tells that it is in sync is at its end: then more may be cleaned right away', async () => {
    desk = new Desk();
    const heard = desk.host?.heard();
    const mayClean = heard?.then(() => desk.host?.mayClean());
    await desk.inSync(1);
    expect(await mayClean).toBe(true);
  });
});

describe('a pass', () => {
  const LEFT = /^Not cleaned from the source yet: /;

  test('that comes to its end says nothing of files that are left', async () => {
    desk = new Desk();
    desk.due = ['a'];
    desk.mirror.syncedAt = 1;
    desk.ends = ['interrupted', 'all'];
    await desk.desk.cleanNow();
    expect([desk.looks, desk.told.filter((text) => LEFT.test(text))]).toEqual([2, []]);
  });

  test('that is disturbed all the time ends, and says how many files are left', async () => {
    desk = new Desk();
    desk.due = ['a', 'b', 'c'];
    desk.refused = [{ path: 'b', message: 'it stays' }];
    desk.mirror.syncedAt = 1;
    desk.ends = ['interrupted'];
    await desk.desk.cleanNow();
    expect(desk.looks).toBe(100);
    expect(desk.told.filter((text) => LEFT.test(text))).toEqual([
      'Not cleaned from the source yet: 2 files, because something else went on happening. A later pass takes them.',
    ]);
  });

  test('that has to wait for something else ends, and says it as well', async () => {
    desk = new Desk();
    desk.due = ['a'];
    desk.mirror.syncedAt = 1;
    desk.mirror.isAtRest = false;
    desk.ends = ['interrupted'];
    await desk.desk.cleanNow();
    expect(desk.told.at(-1)).toMatch(/^Not cleaned from the source yet: 1 file, /);
  });

  test('that is broken off ends at once although the source tells nothing, and leaves the desk at work', async () => {
    desk = new Desk();
    desk.desk.begin();
    await systemClock.turn();
    await systemClock.turn();
    desk.isSilent = true;
    desk.ends = ['interrupted'];
    desk.due = ['a'];
    const broken = new AbortController();
    const over = desk.desk.cleanNow(broken.signal);
    await systemClock.turn();
    expect(desk.host?.isStopped()).toBe(false);
    broken.abort();
    expect([desk.host?.isStopped(), desk.host?.mayClean()]).toEqual([true, false]);
    await over;
    expect(desk.told.filter((text) => LEFT.test(text))).toEqual([]);
    expect([desk.host?.isStopped(), desk.host?.mayClean(), desk.listeners]).toEqual([false, true, 1]);
  });

  test('that was broken off before waits for nothing', async () => {
    desk = new Desk();
    desk.ends = ['interrupted'];
    await desk.desk.cleanNow(AbortSignal.abort());
    expect(desk.looks).toBe(1);
  });
});

test('after the end nobody waits for what a silent source has not told', async () => {
  desk = new Desk();
  desk.isSilent = true;
  await desk.desk.close();
  await desk.host?.heard();
  expect(desk.listeners).toBe(0);
});

describe('Durability = none', () => {
  test('at the start: a rule of a reload cleans nothing, says so, and so does status', () => {
    desk = new Desk({ durability: 'none' });
    desk.settings.configuration = settings({ 'clean-source': '0' });
    desk.desk.reconfigure();
    expect([desk.host?.rule(), desk.desk.facts]).toMatchObject([undefined, { isHeld: true }]);
    expect(cleanLines(desk.desk.facts)).toEqual([`Cleaning: ${desk.told.join()}`]);
    expect(desk.told).toEqual([
      expect.stringMatching(/^CleanSource = 0: nothing goes .* started with Durability = none/),
    ]);
  });

  test('not at the start: a rule of a reload is in effect', () => {
    desk = new Desk({});
    expect(desk.host?.rule()).toBeUndefined();
    desk.settings.configuration = settings({ 'clean-source': '0' });
    desk.desk.reconfigure();
    expect(desk.host?.rule()).toMatchObject({ text: 'CleanSource = 0' });
    expect(desk.told).toEqual([expect.stringMatching(/^CleanSource = 0: files GO FROM THE SOURCE/)]);
  });
});
