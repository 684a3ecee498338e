import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CLIENT_SETTINGS } from './client-settings.ts';
import { type Configuration, readConfiguration } from './configuration.ts';
import { type ConfigurationChange, compareConfigurations } from './configuration-change.ts';
import { ConfigurationWatch } from './configuration-watch.ts';
import { UserError } from './user-error.ts';

const NO_PARTS = { added: [], removed: [] };

let dir: string;
let ini: string;
let watch: ConfigurationWatch | undefined;
/** What the watch told, and who waits for the next of it. */
let told: (ConfigurationChange | UserError)[];
let waiting: ((what: ConfigurationChange | UserError) => void) | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'configuration-watch-'));
  ini = join(dir, 'client.ini');
  told = [];
});

afterEach(async () => {
  await watch?.close();
  rmSync(dir, { recursive: true });
});

const input = (flags = {}) => ({ section: 'Client' as const, config: ini, flags, env: {}, cwd: dir });

function next(): Promise<ConfigurationChange | UserError> {
  return new Promise((resolve) => {
    waiting = resolve;
  });
}

async function start(text: string, flags = {}): Promise<ConfigurationWatch> {
  writeFileSync(ini, text);
  const tell = (what: ConfigurationChange | UserError): void => {
    told.push(what);
    waiting?.(what);
  };
  watch = await ConfigurationWatch.start({
    input: input(flags),
    settings: CLIENT_SETTINGS,
    first: readConfiguration(input(flags)),
    changed: (_configuration, change) => tell(change),
    refused: tell,
  });
  return watch;
}

test('a saved INI takes effect by itself, in place or by rename as editors do it', async () => {
  await start('[Client]\nMaxWorkers = 3\n');
  let change = next();
  writeFileSync(ini, '[Client]\nMaxWorkers = 4\n');
  expect(await change).toMatchObject({ live: [{ text: 'MaxWorkers = 4 (was 3)' }], later: [] });
  change = next();
  writeFileSync(`${ini}.new`, '[Client]\nMaxWorkers = 6\n');
  renameSync(`${ini}.new`, ini);
  expect(await change).toMatchObject({ live: [{ text: 'MaxWorkers = 6 (was 4)' }] });
});

test('a wrong INI is refused with its line, and the old settings stay until it is right', async () => {
  await start('[Client]\nMaxWorkers = 3\n');
  const refusal = next();
  writeFileSync(ini, '[Client]\n# more\nMaxWorkers = 99\n');
  const error = await refusal;
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toContain('line 3');
  const change = next();
  writeFileSync(ini, '[Client]\nMaxWorkers = 9\n');
  expect(await change).toMatchObject({ live: [{ text: 'MaxWorkers = 9 (was 3)' }] });
});

test('what a reading warns of is told when it is new, also where no setting has another value', async () => {
  const warned: string[] = [];
  writeFileSync(ini, '[Client]\nMaxWorkers = 2\nMaxWorkers = 3\n');
  const running = await ConfigurationWatch.start({
    ...{ input: input(), settings: CLIENT_SETTINGS, first: readConfiguration(input()) },
    ...{ changed: () => undefined, refused: () => undefined, warned: (text) => void warned.push(text) },
  });
  await running.close();
  running.reload();
  expect(warned).toEqual([]);
  writeFileSync(ini, '[Client]\nMaxWorkers = 2\nMaxWorkers = 3\nHoldMin = 5\nHoldMin = 100\n');
  running.reload();
  running.reload();
  expect(warned).toEqual([expect.stringMatching(/client\.ini line 5: HoldMin stands in line 4, too/)]);
  writeFileSync(ini, '[Client]\nCleanSourceFolders = 1\n');
  running.reload();
  expect(warned.slice(1)).toEqual([expect.stringMatching(/CleanSourceFolders does nothing: no CleanSource/)]);
});

test('a reload that is asked for says what changed, what waits for a start, and throws for a wrong INI', async () => {
  const running = await start('[Client]\nMaxWorkers = 3\nServerPort = 8080\n');
  await running.close();
  writeFileSync(ini, '[Client]\nMaxWorkers = 2\nServerPort = 9090\n');
  expect(running.reload()).toEqual({
    live: [{ key: 'MaxWorkers', part: '', text: 'MaxWorkers = 2 (was 3)' }],
    later: [{ key: 'ServerPort', part: '', text: 'ServerPort = 9090 (was 8080)' }],
    ...NO_PARTS,
  });
  expect(running.reload()).toEqual({ live: [], later: [], ...NO_PARTS });
  writeFileSync(ini, '[Client]\nMaxWorker = 2\n');
  expect(() => running.reload()).toThrow(/unknown key/);
  expect(told).toHaveLength(1);
});

test('what waits for a start is compared with what is in effect, however often it was changed, and back', async () => {
  const running = await start('[Client]\nServerPort = 8080\nKey = one\n');
  await running.close();
  const later = (text: string): readonly string[] => {
    writeFileSync(ini, text, { mode: 0o600 });
    return running.reload().later.map((change) => change.text);
  };
  expect(later('[Client]\nServerPort = 9090\nKey = two\n')).toEqual(['ServerPort = 9090 (was 8080)', 'Key']);
  expect(later('[Client]\nServerPort = 9191\nKey = two\n')).toEqual(['ServerPort = 9191 (was 8080)']);
  expect(later('[Client]\nServerPort = 8080\nKey = one\n')).toEqual([
    'ServerPort = 8080 (as it is in effect)',
    'Key, as it is in effect',
  ]);
});

test('what a flag says stays, whatever the INI says', async () => {
  const running = await start('[Client]\nMaxWorkers = 3\n', { 'max-workers': '7' });
  writeFileSync(ini, '[Client]\nMaxWorkers = 4\n');
  expect(running.reload()).toEqual({ live: [], later: [], ...NO_PARTS });
});

test('a key that changed is named, and never shown', () => {
  const reading = (key: string): Configuration => {
    writeFileSync(ini, `[Client]\nKey = ${key}\n`, { mode: 0o600 });
    return readConfiguration(input());
  };
  const change = compareConfigurations(CLIENT_SETTINGS, reading('secret1'), reading('secret2'));
  expect(change.later).toEqual([{ key: 'Key', part: '', text: 'Key' }]);
});

test.runIf(process.platform === 'linux')(
  'what is no file, like /dev/null, is not watched, and neither is its folder',
  async () => {
    const device = { ...input(), config: '/dev/null' };
    const settings = { input: device, settings: CLIENT_SETTINGS, first: readConfiguration(device) };
    const before = countWatches();
    watch = await ConfigurationWatch.start({
      ...settings,
      changed: () => undefined,
      refused: () => undefined,
    });
    expect(countWatches()).toBe(before);
    await watch.close();
    await start('[Client]\n');
    expect(countWatches()).toBeGreaterThan(before);
  },
);

/** What this process watches, by the system's own account. */
function countWatches(): number {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').match(/^inotify /gm) ?? [];
    } catch (error) {
      // The descriptor of the listing itself is closed by now.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }).length;
}

test('a file that is named only later, by a job that came, is watched from then on', async () => {
  const rules = join(dir, 'rules');
  const job = '[Job films]\nTargetDir = films\n';
  writeFileSync(ini, job);
  writeFileSync(rules, 'a\n');
  let isNamed = (): void => undefined;
  let isReread = (): void => undefined;
  watch = await ConfigurationWatch.start({
    input: input(),
    settings: CLIENT_SETTINGS,
    first: readConfiguration(input()),
    fileKey: 'ExcludeFrom',
    changed: () => isNamed(),
    reread: () => {
      if (readFileSync(rules, 'utf8').includes('b')) isReread();
    },
    refused: (error) => told.push(error),
  });
  const named = new Promise<void>((resolve) => {
    isNamed = resolve;
  });
  writeFileSync(ini, `${job}[Job music]\nTargetDir = music\nExcludeFrom = rules\n`);
  await named;
  const reread = new Promise<void>((resolve) => {
    isReread = resolve;
  });
  appendFileSync(rules, 'b\n');
  await reread;
  expect(told).toEqual([]);
});
