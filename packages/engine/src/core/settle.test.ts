import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RESEND_CAP_MS, RESEND_FORGET_MS, ResendMemory } from './resend-memory.ts';
import {
  LOOK_CAP_MS,
  QUIET_LARGE_MS,
  QUIET_SMALL_MS,
  READ_CAP_MS,
  Settle,
  SMALL_CONTENT_BYTES,
} from './settle.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`settle.test SEED=${seed}`);

const small = { sizeBytes: SMALL_CONTENT_BYTES };
const large = { sizeBytes: SMALL_CONTENT_BYTES + 1 };

/** A file that changes at `now`, small, is looked at, read and sent in `durationMs`. Returns when its transfer began. */
function sendOnce(settle: Settle, path: string, now: number, durationMs: number): number {
  settle.hint(path, now);
  for (let i = 0; i < 100; i++) {
    const at = settle.nextDueAt() ?? Number.NaN;
    expect(settle.due(at)).toEqual([path]);
    if (!settle.decideRead(path, small, at).read) continue;
    settle.transferred(path, durationMs, at + durationMs);
    return at;
  }
  throw new Error('never read');
}

describe('what was told of a path', () => {
  test('what went from one name to another may have been written wherever a write was told meanwhile', () => {
    const settle = new Settle();
    expect(settle.heardOfMove('a', 'b')).toBe('unknown');
    settle.hint('other', 99, 'written');
    settle.hint('a', 100, 'moved');
    settle.hint('b', 100, 'moved');
    settle.hint('other', 101, 'written');
    expect(settle.heardOfMove('a', 'b')).toBe('moved');
    settle.hint('b', 102, 'moved');
    settle.hint('c', 102, 'moved');
    expect([settle.heardOfMove('a', 'c'), settle.heardOfMove('b', 'c')]).toEqual(['unknown', 'unknown']);
    settle.due(200);
    settle.hint('c', 200, 'moved');
    settle.hint('d', 200, 'moved');
    expect(settle.heardOfMove('c', 'd')).toBe('moved');
    settle.hint('d', 201, 'written');
    expect(settle.heardOfMove('c', 'd')).toBe('written');
  });

  test('what was only moved may have been written when hints were lost', () => {
    const settle = new Settle();
    settle.hint('a', 100, 'moved');
    settle.hint('w', 100, 'written');
    settle.due(103);
    settle.hint('b', 104, 'moved');
    settle.doubt();
    expect(['a', 'b', 'w'].map((path) => settle.heard(path))).toEqual(['unknown', 'unknown', 'written']);
  });

  test('is a move only while nothing else was told, and holds until the change is taken in', () => {
    const settle = new Settle();
    expect(settle.heard('a')).toBe('unknown');
    settle.hint('a', 100, 'moved');
    expect(settle.heard('a')).toBe('moved');
    expect(settle.due(103)).toEqual(['a']);
    expect(settle.heard('a')).toBe('moved');
    settle.hint('a', 104);
    expect(settle.heard('a')).toBe('unknown');
    settle.hint('a', 105, 'written');
    settle.hint('a', 106, 'moved');
    expect(settle.heard('a')).toBe('written');
    expect(settle.due(200)).toEqual(['a']);
    expect(settle.decideRead('a', small, 200).read).toBe(true);
    expect(settle.heard('a')).toBe('unknown');
  });

  test('goes along with a rename, and meets what was told of the new name', () => {
    const settle = new Settle();
    settle.hint('d/a', 100, 'written');
    settle.hint('e/a', 100, 'moved');
    settle.renamed('d', 'e');
    expect([settle.heard('d/a'), settle.heard('e/a')]).toEqual(['written', 'written']);
  });
});

describe('the first look', () => {
  test('comes after 2 ms without a hint, and once', () => {
    const settle = new Settle();
    settle.hint('a', 100);
    settle.hint('a', 101);
    expect([settle.size, settle.nextDueAt()]).toEqual([1, 103]);
    expect(settle.due(102)).toEqual([]);
    expect(settle.due(103)).toEqual(['a']);
    expect([settle.size, settle.nextDueAt(), settle.due(9999)]).toEqual([0, undefined, []]);
  });

  test('comes a second after the first hint at the latest, however often the path is hinted', () => {
    const settle = new Settle();
    const looks: number[] = [];
    for (let now = 0; now < 3000; now++) {
      settle.hint('a', now);
      if (settle.due(now).length > 0) looks.push(now);
    }
    expect(looks).toEqual([1000, 2001]);
  });

  test('of one path does not wait for another', () => {
    const settle = new Settle();
    for (let now = 0; now <= 10; now++) settle.hint('busy', now);
    settle.hint('a', 3);
    expect(settle.due(10)).toEqual(['a']);
  });
});

describe('reading', () => {
  test('content of up to 1 MiB is read at once', () => {
    const settle = new Settle();
    settle.hint('a', 0);
    settle.due(2);
    expect(settle.decideRead('a', small, 2)).toEqual({ read: true });
    expect(settle.size).toBe(0);
  });

  test('larger content is read after half a second without a hint', () => {
    const settle = new Settle();
    settle.hint('a', 0);
    settle.due(2);
    expect(settle.decideRead('a', large, 2)).toEqual({ read: false });
    expect(settle.nextDueAt()).toBe(500);
    settle.hint('a', 400);
    expect(settle.due(402)).toEqual(['a']);
    expect(settle.decideRead('a', large, 402)).toEqual({ read: false });
    expect(settle.due(899)).toEqual([]);
    expect(settle.due(900)).toEqual(['a']);
    expect(settle.decideRead('a', large, 900)).toEqual({ read: true });
  });

  test('larger content that never rests is read 30 s after its first hint', () => {
    const settle = new Settle();
    const reads: number[] = [];
    for (let now = 0; now <= 70_000; now += 100) {
      settle.hint('a', now);
      for (let i = 0; i < 10 && (settle.nextDueAt() ?? Number.NaN) < now + 100; i++) {
        const at = settle.nextDueAt() ?? Number.NaN;
        for (const path of settle.due(at)) if (settle.decideRead(path, large, at).read) reads.push(at);
      }
    }
    expect(reads).toEqual([30_000, 60_100]);
  });

  test('while a read is put off, a new hint is looked at without delay: it may be a deletion', () => {
    const settle = new Settle();
    settle.hint('a', 0);
    settle.due(2);
    settle.decideRead('a', large, 2);
    settle.hint('a', 10);
    expect(settle.due(12)).toEqual(['a']);
  });

  test('a hint between the look and the decision is a change of its own', () => {
    const settle = new Settle();
    settle.hint('a', 0);
    settle.due(2);
    settle.hint('a', 3);
    expect(settle.decideRead('a', small, 4)).toEqual({ read: true });
    expect(settle.due(5)).toEqual(['a']);
  });

  test('what was hinted before a decision to read is forgotten with it, what came after is counted anew', () => {
    const settle = new Settle();
    settle.hint('a', 0);
    settle.due(2);
    settle.hint('a', 3);
    settle.decideRead('a', small, 4);
    for (let now = 4; now <= 30_003; now++) {
      settle.hint('a', now);
      if (settle.due(now).length > 0) expect(settle.decideRead('a', large, now).read).toBe(now >= 30_003);
    }
  });

  test('a read that was put off is not waited for any more once another look led to a read', () => {
    const settle = new Settle();
    settle.hint('a', 0);
    settle.due(2);
    settle.decideRead('a', large, 2);
    settle.hint('a', 499);
    expect(settle.decideRead('a', small, 499)).toEqual({ read: true });
    expect(settle.nextDueAt()).toBe(501);
  });

  test('a look that needs no answer ends a put-off read: the next hint waits for its own quiet', () => {
    const settle = new Settle();
    settle.hint('a', 0);
    settle.due(2);
    settle.decideRead('a', large, 2);
    settle.hint('a', 497);
    expect(settle.due(499)).toEqual(['a']);
    settle.hint('a', 499);
    expect(settle.nextDueAt()).toBe(501);
  });

  test('a look without an answer is forgotten after 30 s', () => {
    const settle = new Settle();
    settle.hint('a', 0);
    settle.due(2);
    settle.due(READ_CAP_MS + 3);
    expect(settle.decideRead('a', large, READ_CAP_MS + 3)).toEqual({ read: false });
  });

  test('a path that no one hinted counts as written when the shell says, and right now when it does not know', () => {
    const settle = new Settle();
    expect(settle.decideRead('old', { ...large, lastWriteMs: 0 }, 1000)).toEqual({ read: true });
    expect(settle.decideRead('fresh', { ...large, lastWriteMs: 900 }, 1000)).toEqual({ read: false });
    expect(settle.decideRead('unknown', large, 1000)).toEqual({ read: false });
    expect(settle.decideRead('future', { ...large, lastWriteMs: 99_999 }, 1000)).toEqual({ read: false });
    expect(settle.due(1400)).toEqual(['fresh']);
    expect(settle.due(1500)).toEqual(['unknown', 'future']);
  });

  test('a look that found nothing to read does not shorten the rest of a later change', () => {
    const settle = new Settle();
    settle.hint('a', 0);
    settle.due(2);
    settle.hint('a', 29_900);
    settle.due(29_902);
    expect(settle.decideRead('a', large, 29_902)).toEqual({ read: false });
    expect(settle.nextDueAt()).toBe(30_400);
  });
});

describe('resends', () => {
  test('the first change after a finished transfer waits only for quiet, later ones ever longer up to 30 s', () => {
    const settle = new Settle();
    let now = 0;
    const waits = Array.from({ length: 16 }, () => {
      const began = sendOnce(settle, 'a', now, 1);
      const waited = began - now;
      now = began + 1; // It changes again the moment its transfer ends.
      return waited;
    });
    expect(waits.slice(0, 5)).toEqual([2, 2, 40, 80, 160]);
    expect(waits.slice(-5)).toEqual([20_480, 30_000, 30_000, 30_000, 30_000]);
  });

  test('a resend waits at least as long as the last transfer took, at most 30 s', () => {
    const settle = new Settle();
    let now = sendOnce(settle, 'a', 0, 5000) + 5000;
    now = sendOnce(settle, 'a', now, 5000) + 5000;
    const began = sendOnce(settle, 'a', now, 90_000);
    expect(began - now).toBe(5000);
    now = began + 90_000;
    expect(sendOnce(settle, 'a', now, 1) - now).toBe(30_000);
  });

  test('the wait counts from the end of the last transfer: a change after it is sent without delay', () => {
    const settle = new Settle();
    const end = sendOnce(settle, 'a', sendOnce(settle, 'a', 0, 1) + 1, 1) + 1;
    expect(sendOnce(settle, 'a', end + 1000, 1)).toBe(end + 1002);
  });

  test('a path quiet for more than twice its wait starts anew', () => {
    const busy = () => {
      const settle = new Settle();
      let now = 0;
      for (let i = 0; i < 20; i++) now = sendOnce(settle, 'a', now, 1) + 1;
      return { settle, now };
    };
    for (const [pause, expected] of [
      [2 * RESEND_CAP_MS, 30_000],
      [2 * RESEND_CAP_MS + 1, 2],
    ] as const) {
      const { settle, now } = busy();
      const end = sendOnce(settle, 'a', now + pause, 1) + 1;
      const again = sendOnce(settle, 'a', end, 1);
      expect(again - end).toBe(expected);
    }
  });

  test('a document saved every few seconds is sent at once each time', () => {
    const settle = new Settle();
    let now = 0;
    for (let i = 0; i < 30; i++) {
      const began = sendOnce(settle, 'a', now, 1);
      expect(began - now).toBe(QUIET_SMALL_MS);
      now = began + 1 + RESEND_FORGET_MS + 1;
    }
  });

  test('one content sent to a hundred receivers is one transfer', () => {
    const settle = new Settle();
    const began = sendOnce(settle, 'a', 0, 1);
    for (let i = 0; i < 99; i++) settle.transferred('a', 1, began + 1);
    expect(sendOnce(settle, 'a', began + 1, 1)).toBe(began + 3);
  });

  test('a first copy of content that did not change teaches nothing', () => {
    const settle = new Settle();
    for (let i = 0; i < 9; i++) settle.transferred('a', 9000, i);
    const end = sendOnce(settle, 'a', 10, 1) + 1;
    expect(sendOnce(settle, 'a', end, 1)).toBe(end + QUIET_SMALL_MS);
  });

  test('a file that waits for its resend is still looked at when it is hinted', () => {
    const settle = new Settle();
    let now = 0;
    for (let i = 0; i < 20; i++) now = sendOnce(settle, 'a', now, 1) + 1;
    settle.hint('a', now);
    expect(settle.due(now + 2)).toEqual(['a']);
    expect(settle.decideRead('a', small, now + 2)).toEqual({ read: false });
    settle.hint('a', now + 10);
    expect(settle.due(now + 12)).toEqual(['a']);
  });

  test('memory is bounded: beyond the limit the path idle for longest is forgotten', () => {
    const memory = new ResendMemory(3);
    const resend = (path: string, now: number) => {
      memory.read(path, now);
      memory.transferred(path, 1, now);
    };
    for (const path of ['a', 'b', 'c']) for (let i = 0; i < 3; i++) resend(path, i);
    memory.changed('a', 5);
    resend('d', 6);
    expect(memory.size).toBe(3);
    expect(['a', 'b', 'c', 'd'].map((path) => memory.notBefore(path, 7) > 0)).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});

describe('drain', () => {
  test('gives everything that waits, at once, and empties', () => {
    const settle = new Settle();
    settle.hint('a', 0);
    settle.hint('b', 1);
    settle.decideRead('c', large, 1);
    expect(settle.drain()).toEqual(['a', 'b', 'c']);
    expect([settle.size, settle.nextDueAt(), settle.drain()]).toEqual([0, undefined, []]);
  });

  test('cuts a resend delay short', () => {
    const settle = new Settle();
    let now = 0;
    for (let i = 0; i < 20; i++) now = sendOnce(settle, 'a', now, 1) + 1;
    settle.hint('a', now);
    settle.due(now + 2);
    expect(settle.decideRead('a', small, now + 2)).toEqual({ read: false });
    expect(settle.drain()).toEqual(['a']);
    expect(settle.decideRead('a', small, now + 3)).toEqual({ read: true });
  });

  test('never leads to reading half of a large file: it still has to rest, but no longer than that', () => {
    const settle = new Settle();
    let now = 0;
    for (let i = 0; i < 20; i++) now = sendOnce(settle, 'a', now, 1) + 1;
    settle.hint('a', now);
    expect(settle.drain()).toEqual(['a']);
    expect(settle.decideRead('a', large, now + 1)).toEqual({ read: false });
    expect(settle.nextDueAt()).toBe(now + QUIET_LARGE_MS);
    expect(settle.due(now + QUIET_LARGE_MS)).toEqual(['a']);
    expect(settle.decideRead('a', large, now + QUIET_LARGE_MS)).toEqual({ read: true });
  });

  test('hurries the drained change only: the next one waits as before', () => {
    const settle = new Settle();
    let now = 0;
    for (let i = 0; i < 20; i++) now = sendOnce(settle, 'a', now, 1) + 1;
    settle.hint('a', now);
    settle.drain();
    settle.decideRead('a', small, now);
    settle.transferred('a', 1, now + 1);
    expect(sendOnce(settle, 'a', now + 1, 1)).toBe(now + 1 + RESEND_CAP_MS);
  });

  test('does not hurry what is hinted between the drain and the decision', () => {
    const settle = new Settle();
    let now = 0;
    for (let i = 0; i < 20; i++) now = sendOnce(settle, 'a', now, 1) + 1;
    settle.hint('a', now);
    settle.drain();
    settle.hint('a', now);
    settle.decideRead('a', small, now);
    settle.due(now + 2);
    expect(settle.decideRead('a', small, now + 2)).toEqual({ read: false });
  });
});

describe('renamed and forget', () => {
  test('what no look has answered waits at the old and the new path of a folder, and of its namesakes nothing', () => {
    const settle = new Settle();
    const old = ['dir', 'dir/sub/y', 'dir/x'];
    for (const path of [...old, 'dirt', 'dir2/x']) settle.hint(path, 0);
    settle.renamed('dir', 'new/place');
    const moved = ['new/place', 'new/place/sub/y', 'new/place/x'];
    expect(settle.due(2).toSorted()).toEqual([...old, 'dir2/x', 'dirt', ...moved].toSorted());
    expect([settle.size, settle.nextDueAt()]).toEqual([0, undefined]);
  });

  test('a large file that was looked at, and waits for its rest, waits at its new path only', () => {
    const settle = new Settle();
    settle.hint('d/a', 0);
    settle.due(2);
    settle.decideRead('d/a', large, 2);
    settle.renamed('d', 'e');
    expect([...settle.paths()]).toEqual(['e/a']);
  });

  test('a busy file is still busy under its new name, and its old name is free', () => {
    const settle = new Settle();
    let now = 0;
    for (let i = 0; i < 20; i++) now = sendOnce(settle, 'd/a', now, 1) + 1;
    settle.renamed('d', 'e');
    expect(sendOnce(settle, 'd/a', now, 1) - now).toBe(2);
    expect(sendOnce(settle, 'e/a', now + 3, 1) - now).toBe(30_000);
  });

  test('a file replaced again and again by a rename is a file that keeps changing', () => {
    const settle = new Settle();
    let now = 0;
    for (let i = 0; i < 20; i++) now = sendOnce(settle, 'state.json', now, 1) + 1;
    settle.hint('state.tmp', now);
    settle.due(now + 2);
    settle.decideRead('state.tmp', small, now + 2);
    settle.renamed('state.tmp', 'state.json');
    expect(sendOnce(settle, 'state.json', now + 3, 1)).toBe(now + 30_000);
  });

  test('a large file under way to its rest keeps its times when it is renamed between look and decision', () => {
    const settle = new Settle();
    settle.hint('a', 0);
    settle.due(2);
    settle.renamed('a', 'b');
    expect(settle.decideRead('b', large, 300)).toEqual({ read: false });
    expect(settle.nextDueAt()).toBe(500);
  });

  test('two waiting changes that meet at one path are one: the later hint and the earlier cap hold', () => {
    const settle = new Settle();
    settle.hint('a', 0);
    settle.hint('b', 1);
    settle.renamed('a', 'b');
    expect(settle.due(2)).toEqual(['a']);
    expect([settle.size, settle.nextDueAt()]).toEqual([1, 3]);
    for (let now = 2; now < 1000; now++) settle.hint('b', now);
    expect(settle.nextDueAt()).toBe(1000);
  });

  test('a forgotten path is neither given out nor delayed', () => {
    const settle = new Settle();
    let now = 0;
    for (let i = 0; i < 20; i++) now = sendOnce(settle, 'a', now, 1) + 1;
    settle.hint('a', now);
    settle.forget('a');
    expect([settle.size, settle.nextDueAt(), settle.drain()]).toEqual([0, undefined, []]);
    expect(sendOnce(settle, 'a', now, 1) - now).toBe(2);
  });
});

describe('for all histories', () => {
  const step = fc.record({
    pause: fc.oneof(
      { weight: 6, arbitrary: fc.nat(4) },
      { weight: 2, arbitrary: fc.nat(900) },
      { weight: 1, arbitrary: fc.nat(40_000) },
    ),
    kind: fc.constantFrom(
      'hint' as const,
      'hint' as const,
      'hint' as const,
      'drain' as const,
      'rename' as const,
      'tick' as const,
    ),
    path: fc.constantFrom('a', 'b', 'd/x', 'd/y'),
    size: fc.constantFrom(small, large),
    answer: fc.boolean(),
    transferMs: fc.nat(50_000),
  });
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  interface Event {
    readonly at: number;
    readonly kind: 'hint' | 'look' | 'drain' | 'read' | 'put off' | 'sent' | 'rename';
    readonly path: string;
  }

  /** Plays a history with a shell that is never late, and writes down all that happened. */
  function play(steps: readonly Step[]): Event[] {
    const settle = new Settle();
    const log: Event[] = [];
    let now = 0;
    const look = (path: string, kind: 'look' | 'drain', { size, answer, transferMs }: Step) => {
      log.push({ at: now, kind, path });
      if (!answer) return;
      const { read } = settle.decideRead(path, size, now);
      log.push({ at: now, kind: read ? 'read' : 'put off', path });
      if (!read) return;
      settle.transferred(path, transferMs, now);
      log.push({ at: now, kind: 'sent', path });
    };
    const runUntil = (end: number, one: Step) => {
      let rounds = 0;
      for (let at = settle.nextDueAt(); at !== undefined && at <= end; at = settle.nextDueAt()) {
        expect(rounds++).toBeLessThan(1000);
        now = Math.max(now, at);
        const due = settle.due(now);
        expect(due.length).toBeGreaterThan(0);
        for (const path of due) look(path, 'look', one);
      }
      now = end;
    };
    for (const one of steps) {
      runUntil(now + one.pause, one);
      if (one.kind === 'hint') {
        settle.hint(one.path, now);
        log.push({ at: now, kind: 'hint', path: one.path });
      } else if (one.kind === 'drain') {
        for (const path of settle.drain()) look(path, 'drain', one);
      } else if (one.kind === 'rename') {
        settle.renamed('d', 'e');
        settle.renamed('e', 'd');
        log.push({ at: now, kind: 'rename', path: 'd' });
      }
    }
    const last = steps.at(-1);
    if (last !== undefined) runUntil(now + 10 * READ_CAP_MS, { ...last, answer: true });
    expect([settle.size, settle.nextDueAt()]).toEqual([0, undefined]);
    return log;
  }

  const of = (log: readonly Event[], path: string) => log.filter((event) => event.path === path);
  const histories = fc.array(step, { maxLength: 60 });
  const PATHS = ['a', 'b', 'd/x', 'd/y'];

  test('no path is looked at before its quiet time unless its cap came, a put-off read or a drain', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const log = play(steps);
        for (const path of PATHS) {
          let first: number | undefined;
          let last = 0;
          let putOff = false;
          for (const event of of(log, path)) {
            if (event.kind === 'hint') {
              first ??= event.at;
              last = event.at;
            }
            if (event.kind === 'put off') putOff = true;
            if (event.kind === 'read') putOff = false;
            if (event.kind === 'look' && first !== undefined && !putOff) {
              expect(event.at >= last + QUIET_SMALL_MS || event.at >= first + LOOK_CAP_MS).toBe(true);
            }
            if (event.kind === 'look' || event.kind === 'drain') first = undefined;
          }
        }
      }),
      { seed, numRuns: 400 },
    );
  });

  /** Checks every event of a kind in random histories; `later`: what came after it at its path. */
  const checkEach = (kind: Event['kind'], check: (event: Event, later: readonly Event[]) => void): void =>
    fc.assert(
      fc.property(histories, (steps) => {
        const log = play(steps);
        for (const path of PATHS) {
          const events = of(log, path);
          for (const [i, event] of events.entries())
            if (event.kind === kind) check(event, events.slice(i + 1));
        }
      }),
      { seed, numRuns: 400 },
    );
  const isLook = ({ kind }: Event): boolean => kind === 'look' || kind === 'drain';

  test('every hinted path is looked at within a second, and within its quiet time when it rests', () =>
    checkEach('hint', (event, later) => {
      const looked = later.findIndex(isLook);
      const at = later[looked]?.at ?? Number.POSITIVE_INFINITY;
      expect(at).toBeLessThanOrEqual(event.at + LOOK_CAP_MS);
      if (looked === 0) expect(at).toBeLessThanOrEqual(event.at + QUIET_SMALL_MS);
    }));

  test('a read that is put off comes again within 30 s', () =>
    checkEach('put off', (event, later) => {
      expect(later.find(isLook)?.at ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(event.at + READ_CAP_MS);
    }));

  test('the same history gives the same decisions', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        expect(play(steps)).toEqual(play(steps));
      }),
      { seed, numRuns: 100 },
    );
  });

  test('drain leaves nothing, whatever went before', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const settle = new Settle();
        const expected = new Set<string>();
        let now = 0;
        for (const { pause, path, kind, size } of steps) {
          now += pause;
          if (kind === 'hint') {
            settle.hint(path, now);
            expected.add(path);
          } else if (kind === 'tick' && !settle.decideRead(path, size, now).read) expected.add(path);
          for (const one of settle.due(now)) expected.delete(one);
        }
        const drained = settle.drain();
        expect(new Set(drained).size).toBe(drained.length);
        for (const path of drained) expect(expected.has(path)).toBe(true);
        expect([settle.size, settle.nextDueAt(), settle.drain()]).toEqual([0, undefined, []]);
      }),
      { seed, numRuns: 300 },
    );
  });

  test('the waits of a file that keeps changing never shrink and never exceed 30 s', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40_000), { minLength: 3, maxLength: 20 }), (durations) => {
        const settle = new Settle();
        const longest: number[] = [];
        let now = 0;
        for (const durationMs of durations.toSorted((a, b) => a - b)) {
          const began = sendOnce(settle, 'a', now, durationMs);
          longest.push(began - now);
          now = began + durationMs;
        }
        expect(longest).toEqual(longest.toSorted((a, b) => a - b));
        expect(Math.max(...longest)).toBeLessThanOrEqual(RESEND_CAP_MS);
      }),
      { seed, numRuns: 200 },
    );
  });
});

/** Work that grew by the square of their number would outlast the time that any test has. */
test('of 50,000 paths that are hinted each is given out once', () => {
  const settle = new Settle();
  for (let i = 0; i < 50_000; i++) settle.hint(`folder${i % 100}/file${i}`, i / 100);
  const given: string[] = [];
  for (let now = 0; now <= 600; now++) given.push(...settle.due(now));
  expect([given.length, new Set(given).size]).toEqual([50_000, 50_000]);
});
