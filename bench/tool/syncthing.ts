/** syncthing: one folder, sent by one device and received by another, with nothing of the world outside. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { untilTrue } from '../process/deadline.ts';
import { freePort } from '../process/line.ts';
import type { Member } from '../process/member.ts';
import { PASS_MS, START_MS, type Stage, type Tool } from './tool.ts';

const API_KEY = 'bench';
const FOLDER = 'share';

export const SYNCTHING: Tool = {
  name: 'syncthing',
  kind: 'peer',
  program: 'syncthing',
  about: 'encrypted, watch delay 1 s; a pass starts the receiver and ends when it has all',
  isLocal: true,
  openPass: async (stage) => {
    const pair = await makePair(stage);
    await startDevice(stage, pair.sender);
    return async () => {
      const receiver = await startDevice(stage, pair.receiver);
      await untilComplete(pair);
      await receiver.stop();
    };
  },
  openLive: async (stage) => {
    const pair = await makePair(stage);
    await startDevice(stage, pair.sender);
    await startDevice(stage, pair.receiver);
    await untilComplete(pair);
  },
};

interface Device {
  readonly side: 'server' | 'client';
  readonly home: string;
  readonly folder: string;
  /** Something in the folder that shows that it is there. */
  readonly mark: string;
  readonly id: string;
  readonly port: number;
  readonly apiPort: number;
}

interface Pair {
  readonly sender: Device;
  readonly receiver: Device;
}

async function makePair(stage: Stage): Promise<Pair> {
  const sender = await makeDevice(stage, 'server', stage.source);
  const receiver = await makeDevice(stage, 'client', stage.target);
  writeConfig(sender, receiver, 'sendonly');
  writeConfig(receiver, sender, 'receiveonly');
  return { sender, receiver };
}

async function makeDevice({ dir }: Stage, side: Device['side'], folder: string): Promise<Device> {
  const home = join(dir, `syncthing-${side}`);
  execFileSync('syncthing', ['generate', `--home=${home}`, '--no-default-folder', '--skip-port-probing'], {
    stdio: 'ignore',
  });
  const id = execFileSync('syncthing', [`--home=${home}`, '--device-id'], { encoding: 'utf8' }).trim();
  // Without a mark it takes a folder for one that is not mounted. A source is left as it is: others mirror it, too.
  const [mark = '.stfolder'] = readdirSync(folder);
  if (mark === '.stfolder') mkdirSync(join(folder, mark), { recursive: true });
  return { side, home, folder, mark, id, port: await freePort(), apiPort: await freePort() };
}

function writeConfig(own: Device, other: Device, type: string): void {
  const device = ({ id, port }: Device): string =>
    `<device id="${id}" name="${id}"><address>tcp://127.0.0.1:${port}</address></device>`;
  const watch = 'fsWatcherEnabled="true" fsWatcherDelayS="1" rescanIntervalS="3600"';
  const members = `<device id="${own.id}"></device><device id="${other.id}"></device>`;
  const off = ['globalAnnounce', 'localAnnounce', 'relays', 'nat'].map(
    (name) => `<${name}Enabled>false</${name}Enabled>`,
  );
  const text = [
    '<configuration version="35">',
    `<folder id="${FOLDER}" path="${own.folder}" type="${type}" ${watch}>${members}`,
    `<markerName>${own.mark}</markerName></folder>`,
    ...[device(own), device(other)],
    `<gui enabled="true"><address>127.0.0.1:${own.apiPort}</address><apikey>${API_KEY}</apikey></gui>`,
    `<options><listenAddress>tcp://127.0.0.1:${own.port}</listenAddress>${off.join('')}`,
    '<urAccepted>-1</urAccepted><startBrowser>false</startBrowser><crashReportingEnabled>false</crashReportingEnabled>',
    '<reconnectionIntervalS>1</reconnectionIntervalS></options></configuration>',
  ];
  writeFileSync(join(own.home, 'config.xml'), text.join('\n'));
}

async function startDevice({ crew }: Stage, { side, home }: Device): Promise<Member> {
  const command = ['syncthing', 'serve', `--home=${home}`, '--no-browser', '--no-restart', '--no-upgrade'];
  const member = crew.start(side, command);
  await member.until(/Completed initial scan/, PASS_MS);
  return member;
}

/** The receiver knows all that the sender has, and needs nothing of it. */
async function untilComplete({ sender, receiver }: Pair): Promise<void> {
  await untilTrue(() => isReachable(receiver), 'the receiver answers', START_MS);
  await untilTrue(
    async () => {
      const [has, wants] = await Promise.all([statusOf(sender), statusOf(receiver)]);
      const isKnown = has.localFiles === wants.globalFiles && has.localBytes === wants.globalBytes;
      return isKnown && wants.needTotalItems === 0 && wants.state === 'idle';
    },
    'syncthing has everything',
    PASS_MS,
  );
}

interface FolderStatus {
  readonly localFiles: number;
  readonly localBytes: number;
  readonly globalFiles: number;
  readonly globalBytes: number;
  readonly needTotalItems: number;
  readonly state: string;
}

async function statusOf(device: Device): Promise<FolderStatus> {
  return (await ask(device, `/rest/db/status?folder=${FOLDER}`)) as FolderStatus;
}

async function isReachable(device: Device): Promise<boolean> {
  try {
    await ask(device, '/rest/system/ping');
    return true;
  } catch (error) {
    // fetch says so when nobody listens.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

async function ask({ apiPort }: Device, path: string): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${apiPort}${path}`, { headers: { 'X-API-Key': API_KEY } });
  if (!answer.ok) throw new Error(`syncthing says ${answer.status} to ${path}`);
  return await answer.json();
}
