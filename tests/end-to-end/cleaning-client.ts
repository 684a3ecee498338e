/** A client that may clean its source, a folder of this machine, for the tests of a file: each has folders of its own. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { type Doing, doHere } from './do-here.ts';
import { clockAhead, LATER_MS, makePlace, type Place, type Program } from './programs.ts';

export interface CleaningClient {
  /** Those of the running test. */
  readonly place: Pick<Place, 'dir' | 'source' | 'target' | 'run'>;
  /** The program, by a clock by which all files have been quiet for a minute, or by one that is ahead of ours by so much. */
  client(...words: string[]): Program;
  clientAhead(aheadMs: number, ...words: string[]): Program;
  /** The same in this process, to its end; fails with what it said when its exit code is another one. */
  said(exit: number, ...words: string[]): Promise<string>;
  /** By the program. */
  ran(exit: number, ...words: string[]): Promise<string>;
  /** As a person ends a client that goes on. */
  end(live: Program): Promise<void>;
}

export function cleaningClient(): CleaningClient {
  let current: Place | undefined;
  beforeEach(() => {
    current = makePlace();
  });
  afterEach(() => current?.dispose());
  const here = (): Place => {
    if (current === undefined) throw new Error('there are folders only while a test runs');
    return current;
  };
  const argsOf = (words: readonly string[]): string[] => [
    ...[...words, '--config', '/dev/null', '--source', here().source, '--target-dir', here().target],
    ...['--state-dir', join(here().dir, 'client-state')],
  ];
  const clientAhead = (aheadMs: number, ...words: string[]): Program =>
    here().run('client', argsOf(words), aheadMs === 0 ? {} : { env: clockAhead(aheadMs) });
  return {
    place: {
      get dir() {
        return here().dir;
      },
      get source() {
        return here().source;
      },
      get target() {
        return here().target;
      },
      run: (...program) => here().run(...program),
    },
    clientAhead,
    client: (...words) => clientAhead(LATER_MS, ...words),
    said: (exit, ...words) => outputOf(exit, doHere(here().dir, argsOf(words), LATER_MS)),
    ran: (exit, ...words) => outputOf(exit, clientAhead(LATER_MS, ...words)),
    async end(live) {
      live.process.kill('SIGTERM');
      expect(await live.ended()).toBe(0);
    },
  };
}

async function outputOf(exit: number, doing: Program | Doing): Promise<string> {
  expect([await doing.ended(), doing.output()]).toEqual([exit, doing.output()]);
  return doing.output();
}
