import { expect, test } from 'vitest';
import { OuterNames, type OuterNamesHost } from './outer-names.ts';

const LINKS = Array.from({ length: 250 }, (_, at) => ({ node: `1.${at}`, id: at + 2 }));

/** 250 files with a name outside, of which a glance takes `glanceMs`; what was looked at and hinted. */
function host(glanceMs = 0) {
  const seen = { glances: 0, turns: 0, passes: 0, hints: [] as string[] };
  const changed = new Set<number>();
  const count = (what: 'turns' | 'passes'): void => {
    seen[what] += 1;
  };
  let nowMs = 0;
  let isHealthy = true;
  const given = {
    index: {
      outerLinksAfter: (node: string, limit: number) => {
        const from = node === '' ? 0 : LINKS.findIndex((link) => link.node === node) + 1;
        return LINKS.slice(from, from + limit);
      },
      byId: (id: number) => ({ id, parentId: 1 }),
      pathOf: (id: number) => `f${id}`,
    } as OuterNamesHost['index'],
    clock: { nowMs: () => nowMs, turn: async () => count('turns') },
    looker: {
      isAsIndexed: (id: number) => {
        seen.glances += 1;
        nowMs += glanceMs;
        return !changed.has(id);
      },
    },
    isRootHealthy: () => isHealthy,
    orHalt: (work: () => void) => work(),
    hint: (path: string) => void seen.hints.push(path),
    looked: () => count('passes'),
  };
  const lose = (): void => {
    isHealthy = false;
  };
  return { names: new OuterNames(given), given, seen, changed, lose };
}

test('each file is glanced at once, and those that changed are hinted', async () => {
  const { names, seen, changed } = host();
  changed.add(2).add(101).add(251);
  await names.lookedAt();
  expect(seen).toEqual({ glances: 250, turns: 0, passes: 1, hints: ['f2', 'f101', 'f251'] });
});

test('others have their turn while many are looked at', async () => {
  const { names, seen } = host(1);
  await names.lookedAt();
  expect([seen.glances, seen.turns]).toEqual([250, 2]);
});

test('any number of questions cost two passes at most, and each is answered by one that began after it', async () => {
  const { names, seen, changed } = host(1);
  const first = names.lookedAt();
  // The pass of the first question has been there.
  changed.add(2);
  const others = Array.from({ length: 100 }, () => names.lookedAt());
  await Promise.all([first, ...others]);
  expect([seen.hints, seen.passes]).toEqual([['f2'], 2]);
  await names.lookedAt();
  expect(seen.passes).toBe(3);
});

test('a pass that failed is one for those who had asked before it began, and the next begins anew', async () => {
  const { names, given, seen } = host(1);
  given.orHalt = () => {
    throw new Error('broken');
  };
  const failing = names.lookedAt();
  const next = names.lookedAt();
  given.orHalt = (work) => work();
  await expect(failing).rejects.toThrow('broken');
  await next;
  expect(seen.glances).toBe(250);
});

test('a root that is not what it was is looked at no more', async () => {
  const { names, seen, lose } = host(1);
  const pass = names.lookedAt();
  lose();
  await pass;
  expect([seen.glances, seen.hints]).toEqual([100, []]);
});
