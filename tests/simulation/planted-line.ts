/** Bugs in the feed, of a kind that a client cannot see. */
import { type Changes, decodeServerMessage, encodeMessage, isDataFrame } from '@lanmirror/protocol';
import type { Plants } from './plants.ts';
import { isChanges } from './wire.ts';

type Arriving = NonNullable<Plants['arriving']>;

/** The third part of the feed with something in it is lost, and nobody can see it. */
export function droppingSeamlessly(): Arriving {
  let seen = 0;
  let lost: Changes | undefined;
  return (direction, bytes) => {
    if (!isChanges(direction, bytes)) return [bytes];
    const changes = decodeServerMessage(bytes) as Changes;
    if (lost !== undefined && changes.after === lost.upTo) {
      const closed = encodeMessage({ ...changes, after: lost.after });
      lost = undefined;
      return [closed];
    }
    seen += changes.entries.length > 0 ? 1 : 0;
    if (seen !== 3 || lost !== undefined) return [bytes];
    lost = changes;
    return [];
  };
}

export function withoutRemovals(): Arriving {
  return (direction, bytes) => {
    if (!isChanges(direction, bytes)) return [bytes];
    return [encodeMessage({ ...(decodeServerMessage(bytes) as Changes), removed: [] })];
  };
}

/** Nothing of what is missing in a folder is found: all folders that are asked for count as gone. */
export function listingNothing(): Arriving {
  return (direction, bytes) => {
    if (direction !== 'to-client' || isDataFrame(bytes)) return [bytes];
    const message = decodeServerMessage(bytes);
    if (message.type !== 'listed') return [bytes];
    const folders = message.folders.map(({ id }) => ({ id, isThere: false, isWhole: true, children: [] }));
    return [encodeMessage({ ...message, folders })];
  };
}
