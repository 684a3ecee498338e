/** The program of a thread that looks at folders; see `look-thread.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { lookAtFolder } from '../folder-look.ts';
import { loadHash } from '../hash.ts';
import { RollCall } from '../roll-call.ts';
import type { ThreadSetting } from './asked-thread.ts';
import { LocalSource } from './local-source.ts';
import { type LookRequest, packLooks } from './look-message.ts';
import { openDirectories } from './open-directories.ts';

const { root, walk } = workerData as ThreadSetting;
await loadHash();
const tree = new LocalSource(openDirectories(root, walk));
const call = new RollCall();

parentPort?.on('message', (request: LookRequest) => {
  const looks = request.split('\0').map((path) => lookAtFolder(tree, call, path));
  tree.release();
  const answer = packLooks(looks);
  parentPort?.postMessage(answer, [answer.digests.buffer]);
});
