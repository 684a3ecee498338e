/**
 * What every watcher must do, stated as: a consumer that only follows its hints ends with the true
 * picture of the disk.
 */
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LossReason, WatcherFactory } from './port.ts';
import { ReferenceConsumer } from './reference-consumer.ts';

const CHILD = fileURLToPath(new URL('churn-child.mjs', import.meta.url));
const CHURN_STEPS = 250;
const CHURN_ROUNDS = 3;
/** With five events each, they are more than the queue of the system holds: 16,384 events. */
const FLOOD_ENTRIES = 4000;
const FLOOD_DEADLINE_MS = 60_000;

export interface ConformanceOptions {
  /** What the watcher may announce, beside an overflow, and still be trusted. */
  readonly allowedLosses: readonly LossReason[];
  /** The random changes it must survive: everyday ones, or also quick swaps and replacements of folders. */
  readonly churn: 'common' | 'wild';
  /** It looks, and the kernel watches nothing for it: there is no queue that could overflow. */
  readonly isPolling?: boolean;
}

/** Registers the rules for the watcher made by `factory`; SEED in the environment fixes the random one. */
export function watcherConformance(name: string, factory: WatcherFactory, options: ConformanceOptions): void {
  describe(`${name}: the consumer's picture equals the disk after`, () => {
    let base: string;
    let root: string;
    let consumer: ReferenceConsumer;
    const at = (path: string) => join(root, path);
    const write = (path: string, text = path) => fs.writeFileSync(at(path), text);
    const makeFolder = (path: string) => fs.mkdirSync(at(path), { recursive: true });
    const move = (from: string, to: string) => fs.renameSync(at(from), at(to));
    const settled = async () => {
      await consumer.settled();
      expect(consumer.losses.filter((loss) => !options.allowedLosses.includes(loss.reason))).toEqual([]);
    };

    beforeEach(async () => {
      base = fs.mkdtempSync(join(fs.realpathSync(os.tmpdir()), 'lanmirror-watch-'));
      root = join(base, 'root');
      for (const folder of ['root/old/deep/deeper', 'root/other', 'outside/full/sub'])
        fs.mkdirSync(join(base, folder), { recursive: true });
      for (const file of ['root/old/file', 'root/old/deep/deeper/file', 'outside/full/sub/file'])
        fs.writeFileSync(join(base, file), 'first');
      consumer = new ReferenceConsumer(root, factory);
      await consumer.start();
      expect(consumer.differences()).toEqual([]);
    });

    afterEach(async () => {
      await consumer.stop();
      fs.rmSync(base, { recursive: true, force: true });
    });

    test('files are created, written, appended to, truncated and removed', async () => {
      for (const path of ['a', 'old/b', 'old/deep/deeper/c']) write(path);
      await settled();
      for (const path of ['a', 'old/b', 'old/deep/deeper/c']) fs.appendFileSync(at(path), 'more');
      await settled();
      fs.truncateSync(at('a'), 1);
      fs.rmSync(at('old/b'));
      await settled();
    });

    test('200 fresh nested folders get a file each at once, and later edits in them', async () => {
      const files = Array.from({ length: 200 }, (_, n) => `fresh${n % 10}/m${n % 40}/k${n}/file`);
      for (const file of files) {
        makeFolder(join(file, '..'));
        write(file);
      }
      await settled();
      for (const file of files) fs.appendFileSync(at(file), 'later');
      await settled();
    });

    test('folders are moved in from outside, edited, and moved out again', async () => {
      fs.renameSync(join(base, 'outside/full'), at('arrived'));
      await settled();
      write('arrived/sub/new');
      await settled();
      fs.renameSync(at('arrived'), join(base, 'outside/back'));
      fs.renameSync(at('old'), join(base, 'outside/old'));
      await settled();
      fs.writeFileSync(join(base, 'outside/old/file'), 'unseen');
      fs.renameSync(join(base, 'outside/old'), at('old'));
      await settled();
      write('old/deep/deeper/file', 'seen again');
      await settled();
    });

    test('folders are deleted and made again at once, many times', async () => {
      for (let round = 0; round < 30; round += 1) {
        fs.rmSync(at('old'), { recursive: true });
        makeFolder('old/deep/deeper');
        write('old/deep/deeper/file', `round ${round}`);
        if (round % 3 === 0) await settled();
      }
      await settled();
      write('old/deep/deeper/last');
      fs.rmdirSync(at('other'));
      makeFolder('other');
      await settled();
      write('other/in-the-new-one');
      await settled();
    });

    test('a watched folder is renamed and files below its new path are edited', async () => {
      move('old', 'new');
      await settled();
      write('new/deep/deeper/file', 'edited');
      await settled();
      move('new/deep', 'other/deep');
      write('other/deep/deeper/at-once');
      await settled();
      move('other', 'another');
      await settled();
      write('another/deep/deeper/file', 'edited again');
      makeFolder('another/deep/deeper/x/y');
      await settled();
      write('another/deep/deeper/x/y/file');
      await settled();
    });

    test('an edit and the rename of the folder above it follow each other at once', async () => {
      for (let round = 0; round < 20; round += 1) {
        write('old/deep/deeper/file', `before ${round}`);
        move('old/deep', 'old/moved');
        write('old/moved/deeper/file', `after ${round}, longer`);
        move('old/moved', 'old/deep');
        if (round % 5 === 0) await settled();
      }
      await settled();
    });

    test('folders are renamed in a chain and swapped', async () => {
      for (const folder of ['a', 'b', 'c']) {
        makeFolder(`${folder}/sub`);
        write(`${folder}/sub/file`, folder);
      }
      await settled();
      move('c', 'd');
      move('b', 'c');
      move('a', 'b');
      await settled();
      for (const folder of ['b', 'c', 'd']) write(`${folder}/sub/file`, `${folder} edited`);
      await settled();
      move('b', 'tmp');
      move('c', 'b');
      move('tmp', 'c');
      await settled();
      for (const folder of ['b', 'c', 'd']) write(`${folder}/sub/file`, `${folder} after the swap`);
      await settled();
    });

    test('a folder takes the path of a renamed one at once', async () => {
      move('old', 'rotated');
      makeFolder('old/deep');
      write('old/deep/file', 'of the new one');
      await settled();
      write('old/deep/file', 'edited in the new one');
      write('rotated/deep/deeper/file', 'edited in the old one');
      await settled();
    });

    test('file, folder and symbolic link take each other’s place', async () => {
      const makers = [
        () => write('node', 'a file'),
        () => {
          makeFolder('node/sub');
          write('node/sub/file');
        },
        () => fs.symlinkSync(join(base, 'outside'), at('node')),
        () => fs.symlinkSync('nowhere', at('node')),
      ];
      for (const first of makers)
        for (const second of makers) {
          first();
          await settled();
          fs.rmSync(at('node'), { recursive: true });
          second();
          await settled();
          if (fs.existsSync(at('node/sub'))) fs.appendFileSync(at('node/sub/file'), 'edited');
          await settled();
          fs.rmSync(at('node'), { recursive: true });
        }
      await settled();
    });

    test('a link to a folder outside is not followed', async () => {
      fs.symlinkSync(join(base, 'outside'), at('link'));
      await settled();
      fs.writeFileSync(join(base, 'outside/full/sub/file'), 'changed');
      fs.writeFileSync(join(base, 'outside/new'), 'new');
      write('marker');
      await settled();
    });

    test('editors save by a temporary file and a rename', async () => {
      for (let round = 0; round < 20; round += 1) {
        write('old/.file.swp', `version ${round}`);
        move('old/.file.swp', 'old/file');
        write('old/file~', 'backup');
      }
      await settled();
    });

    test('modes and times of files and folders change', async () => {
      fs.chmodSync(at('old/file'), 0o600);
      fs.chmodSync(at('old'), 0o700);
      fs.chmodSync(at('old/deep/deeper'), 0o711);
      await settled();
      fs.utimesSync(at('old/file'), 1, 1);
      await settled();
    });

    test('names are strange but valid', async () => {
      const names = [
        'new\nline',
        'quo"te\'s',
        'back\\slash',
        '中文文件夹',
        'x'.repeat(255),
        '界'.repeat(85),
        ' space ',
        '[a]{b}*?!#%',
        'e\u0301',
        '\u00e9',
        '-rf',
        '...',
        '__proto__',
        'old',
      ];
      for (const name of names) {
        makeFolder(`strange/${name}`);
        write(`strange/${name}/${name}`);
      }
      await settled();
      for (const name of names) fs.appendFileSync(at(`strange/${name}/${name}`), 'edited');
      await settled();
    });

    test('a folder is removed while it holds a child of its own name', async () => {
      makeFolder('same/same/same');
      await settled();
      fs.rmSync(at('same/same'), { recursive: true });
      makeFolder('same/same/same');
      write('same/same/same/file');
      await settled();
      write('same/same/same/file', 'edited');
      await settled();
    });

    // Who looks for himself has no queue of the system that could overflow.
    if (options.isPolling !== true)
      test(
        `${FLOOD_ENTRIES} entries were made, and written twice, while the event loop was blocked`,
        async () => {
          execFileSync(process.execPath, [CHILD, 'flood', root, String(FLOOD_ENTRIES)]);
          await consumer.settled(FLOOD_DEADLINE_MS);
          expect(consumer.losses.map((loss) => loss.reason)).toContain('overflow');
          const told = consumer.losses.length;
          fs.appendFileSync(at('d200/inside'), 'later');
          write(`d${FLOOD_ENTRIES - 200}/new`);
          await consumer.settled(FLOOD_DEADLINE_MS);
          expect(consumer.losses.slice(told).filter((loss) => loss.reason === 'watch-limit')).toEqual([]);
        },
        3 * FLOOD_DEADLINE_MS,
      );

    for (let round = 0; round < CHURN_ROUNDS; round += 1) {
      const seed = churnSeed(round);
      test(`${CHURN_STEPS} random changes (${options.churn}) by another process, SEED=${seed}`, async () => {
        const args = [CHILD, options.churn, root, join(base, 'outside'), String(seed), String(CHURN_STEPS)];
        const { stdout } = await promisify(execFile)(process.execPath, args);
        expect(JSON.parse(stdout).done).toBeGreaterThan(CHURN_STEPS / 4);
        await consumer.settled();
        for (const folder of foldersIn(root))
          fs.writeFileSync(join(folder, 'last'), 'edited after the churn');
        await consumer.settled();
      });
    }

    test('nothing, once it is closed: no hint comes', async () => {
      write('before');
      await settled();
      const closing = consumer.stop();
      const hints = consumer.hints;
      write('during');
      await closing;
      write('old/deep/deeper/after');
      const witness = fs.watch(root);
      const seen = new Promise((resolve) => witness.once('change', resolve));
      write('for-the-witness');
      await seen;
      witness.close();
      expect(consumer.hints).toBe(hints);
    });

    test.runIf(process.platform === 'linux')(
      'closing, which leaves nothing open on the file system',
      async () => {
        expect(watchesOfThisProcess() > 0).toBe(!options.isPolling);
        await consumer.stop();
        expect(openPathsBelow(base)).toEqual([]);
        expect(watchesOfThisProcess()).toBe(0);
      },
    );
  });
}

function churnSeed(round: number): number {
  const given = process.env.SEED;
  return given === undefined ? Math.floor(Math.random() * 0xffff_ffff) : Number(given) + round;
}

function foldersIn(absolute: string): readonly string[] {
  const below = fs.readdirSync(absolute, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [absolute, ...below.flatMap((entry) => foldersIn(join(absolute, entry.name)))];
}

function openPathsBelow(folder: string): readonly string[] {
  const links = fs.readdirSync('/proc/self/fd').map((fd) => {
    // The descriptor of the listing itself is gone by now.
    return fs.existsSync(`/proc/self/fd/${fd}`) ? fs.readlinkSync(`/proc/self/fd/${fd}`) : '';
  });
  return links.filter((link) => link.startsWith(folder));
}

/** Kernel watches of all inotify instances of this process. */
function watchesOfThisProcess(): number {
  const texts = fs.readdirSync('/proc/self/fdinfo').map((fd) => {
    return fs.existsSync(`/proc/self/fdinfo/${fd}`) ? fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8') : '';
  });
  return texts
    .join('\n')
    .split('\n')
    .filter((line) => line.startsWith('inotify ')).length;
}
