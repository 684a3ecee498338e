/**
 * The key for `npm run client` beside `npm run server`: both on this machine, as server.ini and client.ini of
 * the project say. Whoever configures anything about it himself gets what he configured.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readSetting } from './ini-setting.mjs';
import { ROOT } from './install.mjs';

/** Commands that connect to the server. */
const CONNECTING = ['start', 'sync'];
const OWN_FLAGS = /^--(config|key-file|server-ip|help|version)(=|$)/;
const OWN_VARIABLES = ['CONFIG', 'KEY', 'KEY_FILE', 'SERVER_IP'].map((name) => `LANMIRROR_${name}`);
const LOOPBACK = /^(127\.|localhost$|::1$)/i;

/** What to add to the environment of a client that is started with `args`; nothing where a key is configured. */
export function localKey(args) {
  if (!isLocal(args)) return {};
  const bin = join(ROOT, 'packages', 'server', 'bin', 'lanmirror-server.js');
  const asked = spawnSync(process.execPath, [bin, 'key', '--config', join(ROOT, 'server.ini')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return asked.status === 0 ? { LANMIRROR_KEY: asked.stdout.trim() } : {};
}

function isLocal(args) {
  const [first = 'start'] = args;
  if (!first.startsWith('-') && !CONNECTING.includes(first)) return false;
  if ((process.env.INIT_CWD ?? process.cwd()) !== ROOT.replace(/[\\/]$/, '')) return false;
  if (args.some((arg) => OWN_FLAGS.test(arg)) || OWN_VARIABLES.some((name) => process.env[name]))
    return false;
  if (!['server.ini', 'client.ini'].every((file) => existsSync(join(ROOT, file)))) return false;
  if (readSetting('client.ini', 'KeyFile', '') || readSetting('client.ini', 'Key', '')) return false;
  return LOOPBACK.test(readSetting('client.ini', 'ServerIP', '127.0.0.1'));
}
