/** The program of a thread that places small new files in a target; see `placing-thread.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { TreeError } from '../error.ts';
import type { NewFile, Stat } from '../port.ts';
import type { ThreadSetting } from './asked-thread.ts';
import { errnoOf } from './fs-error.ts';
import { lstatNodeIfAny } from './node-stat.ts';
import { openDirectories } from './open-directories.ts';
import { PendingChanges } from './pending-changes.ts';
import { type PlacingAnswer, type PlacingRequest, packStats, unpackFiles } from './placing-message.ts';
import { Staging } from './staging.ts';

const { root, walk } = workerData as ThreadSetting;
const directories = openDirectories(root, walk);
const staging = new Staging({
  directories,
  // Whoever asked keeps account of what is not flushed.
  pending: new PendingChanges(false),
  durability: 'none',
});

function place({ stagedName, path, bytes, mode, mtimeUs }: NewFile): Stat | undefined {
  try {
    const staged = staging.create(stagedName, mode);
    try {
      staged.writeSync(bytes, 0);
      staged.setMetadata({ ...(mode !== undefined && { mode }), mtimeUs });
      return staged.publish(path, { replace: false });
    } catch (error) {
      staged.discard();
      throw error;
    }
  } catch (error) {
    // Whoever asked tries it, and tells the reason.
    if (error instanceof TreeError || errnoOf(error) !== '') return undefined;
    throw error;
  }
}

function isRoot({ dev, ino }: PlacingRequest['root']): boolean {
  try {
    const now = lstatNodeIfAny(`${directories.folder('')}/.`);
    return now?.dev === dev && now.ino === ino;
  } catch (error) {
    if (errnoOf(error) !== '') return false;
    throw error;
  }
}

parentPort?.on('message', (request: PlacingRequest) => {
  const files = unpackFiles(request.files);
  const answer: PlacingAnswer = packStats(
    isRoot(request.root) ? files.map(place) : files.map(() => undefined),
  );
  // What was learned of the disk is not true of the one that may be mounted there next.
  staging.release();
  parentPort?.postMessage(answer, [answer.buffer]);
});
