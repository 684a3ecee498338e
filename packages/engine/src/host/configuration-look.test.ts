import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { CLIENT_SETTINGS } from './client-settings.ts';
import { readConfiguration } from './configuration.ts';
import type { ConfigurationChange } from './configuration-change.ts';
import { ConfigurationWatch } from './configuration-watch.ts';

const watch = vi.hoisted(() => vi.fn());
vi.mock('chokidar', () => ({ watch }));

/** One that says that it watches, and hears of nothing. */
class DeafWatcher extends EventEmitter {
  add(): this {
    return this;
  }
  async close(): Promise<void> {}
}

test('a change of the INI of which no event is heard is found by a look', async () => {
  watch.mockImplementation(() => {
    const watcher = new DeafWatcher();
    setImmediate(() => watcher.emit('ready'));
    return watcher;
  });
  const dir = mkdtempSync(join(tmpdir(), 'configuration-look-'));
  const ini = join(dir, 'client.ini');
  writeFileSync(ini, '[Client]\nMaxWorkers = 3\n');
  const input = { section: 'Client' as const, config: ini, flags: {}, env: {}, cwd: dir };
  let tell = (_change: ConfigurationChange): void => undefined;
  const watching = await ConfigurationWatch.start({
    input,
    settings: CLIENT_SETTINGS,
    first: readConfiguration(input),
    changed: (_configuration, change) => tell(change),
    refused: (error) => {
      throw error;
    },
  });
  try {
    expect(watch).toHaveBeenCalled();
    const heard = new Promise<ConfigurationChange>((resolve) => {
      tell = resolve;
    });
    writeFileSync(ini, '[Client]\nMaxWorkers = 4\n');
    expect(await heard).toMatchObject({ live: [{ text: 'MaxWorkers = 4 (was 3)' }] });
  } finally {
    await watching.close();
    rmSync(dir, { recursive: true });
  }
});
