/** What can happen to a world, as plain data, so that a failing history can be shrunk and printed. */
import type { TreeErrorCode } from '@lanmirror/engine/tree';
import type { Absence } from '../../packages/engine/src/tree/memory/index.ts';
import type { Part } from './part.ts';
import type { Scene } from './scene.ts';
import type { Direction, Tampering } from './wire.ts';

/** Somebody works in the source. */
export type SourceEdit =
  | { readonly do: 'write'; readonly path: string; readonly size: 'small' | 'medium' | 'large' | 'empty' }
  /** Written, and written again when the first version is on its way. */
  | { readonly do: 'churn'; readonly path: string; readonly afterMs: number }
  | { readonly do: 'append' | 'patch' | 'remove' | 'mkdir' | 'symlink' | 'touch'; readonly path: string }
  | { readonly do: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly do: 'rename' | 'swap' | 'link'; readonly path: string; readonly to: string }
  /** What cannot be mirrored: a FIFO, a name that is not UTF-8, a path that is too long, a reserved name. */
  | { readonly do: 'fifo' | 'undecodable' | 'deepen' | 'reserve'; readonly path: string }
  /** Moved out of the tree ('' is everything in it), and whatever was moved out comes back. */
  | { readonly do: 'takeAway'; readonly path: string }
  | { readonly do: 'bringBack' };

/** Somebody works in the target of mirror `on`. */
export type TargetEdit =
  | {
      readonly do: 'localWrite' | 'localRemove' | 'localMkdir' | 'localFifo';
      readonly on: number;
      readonly path: string;
    }
  | { readonly do: 'localRename'; readonly on: number; readonly path: string; readonly to: string };

export type LineTrouble =
  | { readonly do: 'networkDown'; readonly ms: number }
  | { readonly do: 'loseHints'; readonly isTold: boolean }
  | { readonly do: 'hintless'; readonly is: boolean }
  | { readonly do: 'cut' }
  | { readonly do: 'stall'; readonly direction: Direction; readonly ms: number }
  | { readonly do: 'tamper'; readonly how: Tampering };

export type ServerDeath =
  | { readonly do: 'stopServer'; readonly downMs: number }
  | { readonly do: 'killServer'; readonly downMs: number; readonly isIndexLost: boolean }
  /** `keepTree`, `keep`: the parts of what the source's disk and the index had not flushed that were written. */
  | {
      readonly do: 'cutServerPower';
      readonly downMs: number;
      readonly keepTree: number;
      readonly keep: number;
    }
  | { readonly do: 'backUpServer' }
  | { readonly do: 'restoreServer'; readonly downMs: number };

export type ClientDeath =
  | { readonly do: 'stopClient' | 'restartFull'; readonly on: number; readonly downMs: number }
  /** The next run deals with what matches only. */
  | { readonly do: 'restartOnly'; readonly on: number; readonly downMs: number; readonly pattern: Part }
  | { readonly do: 'killClient'; readonly on: number; readonly downMs: number; readonly isStateLost: boolean }
  /** The server's index and the state of a mirror are gone at the same time. */
  | { readonly do: 'loseBoth'; readonly on: number; readonly downMs: number }
  | {
      readonly do: 'fuse';
      readonly on: number;
      readonly n: number;
      readonly downMs: number;
      readonly isPowerCut: boolean;
      readonly keep: number;
    }
  | {
      readonly do: 'cutClientPower';
      readonly on: number;
      readonly downMs: number;
      readonly keepTree: number;
      readonly keepStore: number;
    }
  /** A file is written, and when it has long been mirrored written again, while the mirror loses power. */
  | {
      readonly do: 'cutWhileReplacing';
      readonly on: number;
      readonly path: string;
      readonly n: number;
      readonly keep: number;
    };

export type DiskTrouble =
  | { readonly do: 'unmountSource'; readonly left: Absence }
  | { readonly do: 'mountSource' | 'heal' }
  | { readonly do: 'unmountTarget'; readonly on: number; readonly left: Absence }
  | { readonly do: 'mountTarget'; readonly on: number }
  | { readonly do: 'fillTarget'; readonly on: number; readonly ms: number }
  /** A folder of the source cannot be listed, nor what is in it looked at, for a while; perhaps a scan meets it. */
  | { readonly do: 'lock'; readonly path: string; readonly ms: number; readonly isScanned: boolean }
  | {
      readonly do: 'failSource';
      readonly path: string;
      readonly operation: 'open' | 'list' | 'stat' | 'read';
      readonly times: number;
    }
  | {
      readonly do: 'failTarget';
      readonly on: number;
      readonly path: string;
      readonly code: TreeErrorCode;
      /** Which operation fails; without, whatever comes first, and that is a look. */
      readonly operation?: 'setMetadata' | 'putAway' | 'move' | 'publish' | 'makeDirectory';
      readonly times: number;
    };

export type Command =
  | SourceEdit
  | TargetEdit
  | LineTrouble
  | ServerDeath
  | ClientDeath
  | DiskTrouble
  /** Time goes on; or it jumps while nothing runs, as on a machine that slept. */
  | { readonly do: 'advance' | 'jump'; readonly ms: number };

/** A command, and how long the world goes on before the next. */
export interface Step {
  readonly command: Command;
  readonly pauseMs: number;
}

/** Everything that determines a world. */
export interface History {
  readonly scene: Scene;
  readonly steps: readonly Step[];
}
