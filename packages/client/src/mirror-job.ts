/** One mirror of this process: what it is told on the command line, and what it is given by the program. */
import type { ProcessLimit } from '@lanmirror/engine/core';
import type { Configuration, Lock, Progress } from '@lanmirror/engine/host';
import type { FollowSettings } from './control/settings-feed.ts';

/** What is to be mirrored, how, and what this process holds for it. */
export interface Job {
  /** '' for the only mirror of a client. */
  readonly name: string;
  /** Name and version of this program, as the server is told. */
  readonly program: string;
  readonly verb: string;
  readonly configuration: Configuration;
  /** The configuration of the moment: a reload replaces it. */
  readonly settings: { configuration: Configuration };
  /** To which this process is held, with all its mirrors. */
  readonly limit: ProcessLimit;
  readonly targetDir: string;
  readonly stateDir: string;
  /** Of the server; undefined when the source is a folder of this machine. */
  readonly key: Uint8Array | undefined;
  readonly isAdopted: boolean;
  readonly isDryRun: boolean;
  /** What matches is dealt with, and nothing else; '' for all. */
  readonly only: string;
  readonly progress: Progress;
  /** How it learns of new settings. */
  readonly follow: FollowSettings;
  /** Resolves when a person wants it to end. */
  readonly ended: Promise<unknown>;
  /** The lock of the state folder, and behind it that of the target as soon as it is ours. */
  readonly locks: Lock[];
}
