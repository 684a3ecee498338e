/**
 * A folder of this machine as the source of a mirror: published inside this process, and reached by a line in memory.
 * Everything between the two ends is what a server and its client do.
 *
 * Owns the share, and its index below the client's state folder. A kill leaves the index after some transaction; the
 * next start opens a new generation and scans.
 */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';
import type { Pacing } from '@lanmirror/engine/core';
import {
  type Configuration,
  folderMarks,
  ignoresLetterCase,
  readIgnoreNames,
  realPath,
} from '@lanmirror/engine/host';
import type { Share } from '@lanmirror/engine/source';
import type { WatchMode } from '@lanmirror/engine/tree';
import { connectionPair } from '@lanmirror/engine/wire';
import type { Connection, Welcome } from '@lanmirror/protocol';
import { explainAbsence } from '../clean/explain-absence.ts';
import { lineFor } from '../job/job-line.ts';

const HASH_CHARACTERS = 12;

export interface SourceFolderOptions {
  /** Name of the job that it is the source of; '' for the only mirror. */
  readonly job: string;
  readonly configuration: Configuration;
  /** The folder, absolute and real. */
  readonly dir: string;
  /** State folder of the client. */
  readonly stateDir: string;
  /** Nothing is to be left of it. */
  readonly isForgotten: boolean;
  /** Of this program, with its version. */
  readonly program: string;
  /** To which scans, and what is read in the background, are held; without it, to nothing. */
  readonly pace?: Pacing;
  /** Days between two readings of all files, as set at this moment; 0 for none. */
  scrubDays(): number;
  note(level: 'warn' | 'debug', text: string): void;
}

export interface SourceFolder {
  readonly dir: string;
  readonly share: Share;
  /** Calls `listener` when scanning, the halt, or what cannot be mirrored is other than before. Returns how to end that. */
  subscribe(listener: () => void): () => void;
  /** A new line to the share; this end is the mirror's. */
  dial(): Promise<Connection>;
  stop(): Promise<void>;
}

/** The folder that is configured as the source, absolute and real; '' when it is a server. */
export function sourceDirOf(configuration: Pick<Configuration, 'text'>): string {
  const dir = configuration.text('Source');
  return dir === '' ? '' : realPath(dir);
}

/**
 * Opens the source; its `share.start` begins the scan. Rejects with UserError when it was never looked at and is not
 * there, or when its index cannot be had; nothing stays open then.
 */
export async function openSourceFolder(options: SourceFolderOptions): Promise<SourceFolder> {
  const { configuration, dir, program, note } = options;
  const { openShare, SourceFilter } = await import('@lanmirror/engine/source');
  const stateDir = options.isForgotten ? options.stateDir : makeIndexDir(options.stateDir, dir);
  let opened: Share | undefined;
  const listeners = new Set<() => void>();
  const share = await openShare({
    monitorDir: dir,
    stateDir,
    watch: configuration.text('Watch') as WatchMode,
    filter: new SourceFilter([], {
      ignoreNames: readIgnoreNames(configuration.get('IgnoreFiles')),
      ignoresCase: ignoresLetterCase(process.platform),
    }),
    pollMs: configuration.number('PollSeconds') * 1000,
    isHashIdle: true,
    ...(options.pace === undefined ? {} : { pace: options.pace }),
    scrubDays: () => options.scrubDays(),
    name: dir,
    program,
    isForgotten: options.isForgotten,
    settingName: 'Source',
    acceptCommand: lineFor(options.job, 'accept'),
    explain: () => explainAbsence(dir, configuration.text('TargetDir')),
    // Who comes and goes on a line in memory is no news.
    note: (level, text) => {
      const news = withoutHalt(text, opened?.halt ?? '');
      if (news !== '') note(level === 'warn' ? level : 'debug', news);
    },
    stateChanged: () => {
      for (const listener of listeners) listener();
    },
  });
  opened = share;
  return {
    dir,
    share,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async dial() {
      const [mirrorEnd, sourceEnd] = connectionPair([dir, 'this machine']);
      share.welcome(sourceEnd);
      return mirrorEnd;
    },
    stop: () => share.stop(),
  };
}

/** Another folder has another index: what is known of one is never concluded from the other. */
function makeIndexDir(stateDir: string, dir: string): string {
  const name = createHash('sha256').update(dir).digest('hex').slice(0, HASH_CHARACTERS);
  const indexDir = join(stateDir, 'source', name);
  mkdirSync(indexDir, { recursive: true, mode: 0o700 });
  return indexDir;
}

/** A halt is told by the mirror that waits for it. */
function withoutHalt(text: string, halt: string): string {
  return halt !== '' && text.endsWith(halt) ? text.slice(0, -halt.length).trimEnd() : text;
}

/** What of a welcome tells where the source lies, before anything of it is opened. */
export function placeOfSource(dir: string): Pick<Welcome, 'shareMarks' | 'outerMarks' | 'rootPath'> {
  return {
    rootPath: dir,
    shareMarks: folderMarks(dir, dir),
    outerMarks: folderMarks(dirname(dir), parse(dir).root),
  };
}
