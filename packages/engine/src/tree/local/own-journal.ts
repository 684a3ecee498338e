/**
 * A file of lines in the folder that is ours of a target. It is only ever added to, and what was added is on stable
 * storage when the call returns: somebody deletes elsewhere because it is written here.
 */
import { constants } from 'node:fs';
import { RESERVED_NAME } from '@lanmirror/protocol';
import { TreeError } from '../error.ts';
import { flushFolderSync } from './checkpoint.ts';
import { guard } from './fs-error.ts';
import { openRegular } from './local-source.ts';
import { defaultWalk, openDirectories } from './open-directories.ts';
import type { OpenFile } from './open-file.ts';

/** O_NONBLOCK: what somebody put in its place, a FIFO, would block the program for ever. */
const SAFE = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const READ = constants.O_RDONLY | SAFE;
const ADD = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | SAFE;

/** Bytes of the longest line. One of ours holds a path of 4096 bytes, which JSON may write six times as long. */
const MAX_LINE = 65_536;
const NEW_LINE = 10;
/** Characters that are written at once: the lines of thousands of files. */
const MAX_GATHERED = 1 << 20;

export interface OwnJournal {
  /**
   * Calls `line` with each line in turn, without its end. Returns false when there is none. Throws TreeError when that
   * is not known, or it is damaged: a line is longer than any of ours. Then some were told of.
   */
  read(line: (text: string) => void): boolean;
  /** Adds a text of any number of lines. Throws TreeError; then it may be there, in part or whole, or not. */
  append(text: string): void;
}

/** The journal `name` of the target `root`. */
export function openOwnJournal(root: string, name: string): OwnJournal {
  const path = `${RESERVED_NAME}/${name}`;
  const directories = openDirectories(root, defaultWalk());
  const using = <T>(flags: number, work: (file: OpenFile) => T): T => {
    try {
      return guard(path, () => {
        const file = openRegular(directories.at(path), path, flags, 0o600);
        try {
          return work(file);
        } finally {
          file.close();
        }
      });
    } finally {
      directories.release();
    }
  };
  return {
    read: (line) => {
      try {
        using(READ, (file) => readLines(file, path, line));
        return true;
      } catch (error) {
        if (error instanceof TreeError && error.code === 'ABSENT') return false;
        throw error;
      }
    },
    append: (text) =>
      using(ADD, (file) => {
        file.appendSync(new TextEncoder().encode(text));
        file.flushSync();
        flushFolderSync({ directories, path: RESERVED_NAME });
      }),
  };
}

/**
 * The same journal, for somebody who adds much and does not rely on any of it yet: it is written in large parts, and all
 * of it when `flush` returns. What is not flushed is never written. Throws TreeError.
 */
export function gatherAppends(journal: OwnJournal): OwnJournal & { flush(): void } {
  let [texts, length] = [[] as string[], 0];
  const flush = (): void => {
    const text = texts.join('');
    [texts, length] = [[], 0];
    if (text !== '') journal.append(text);
  };
  return {
    read: (line) => journal.read(line),
    append: (text) => {
      texts.push(text);
      length += text.length;
      if (length >= MAX_GATHERED) flush();
    },
    flush,
  };
}

/** In parts: the whole of it may be longer than the longest text. */
function readLines(file: OpenFile, path: string, line: (text: string) => void): void {
  const buffer = Buffer.alloc(2 * MAX_LINE);
  let [length, position] = [0, 0];
  for (;;) {
    const read = file.readSync(buffer, length, buffer.length - length, position);
    position += read;
    length += read;
    let from = 0;
    for (let end = lineEnd(buffer, from, length); end >= 0; end = lineEnd(buffer, from, length)) {
      line(buffer.toString('utf8', from, end));
      from = end + 1;
    }
    buffer.copyWithin(0, from, length);
    length -= from;
    if (length > MAX_LINE) throw tooLong(path, position);
    if (read === 0) break;
  }
  line(buffer.toString('utf8', 0, length));
}

/** Where the line that begins at `from` ends, or -1. */
function lineEnd(buffer: Buffer, from: number, length: number): number {
  const end = buffer.indexOf(NEW_LINE, from);
  return end < length ? end : -1;
}

function tooLong(path: string, position: number): TreeError {
  return new TreeError(
    'IO',
    path,
    `${path} is damaged before byte ${position}: a line is longer than any of ours. What it keeps is not known`,
  );
}
