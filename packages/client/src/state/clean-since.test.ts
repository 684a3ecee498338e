import { createMemoryStore } from '@lanmirror/engine/store';
import { loadHash } from '@lanmirror/engine/tree';
import { beforeAll, expect, test } from 'vitest';
import { Stage } from '../plan/stage.ts';
import { MirrorState } from './mirror-state.ts';

beforeAll(loadHash);

const SEEN = { version: 7, ageMs: 1000, createdForMs: null };

function seen(): MirrorState {
  const state = new MirrorState(createMemoryStore());
  state.setMeta({ indexId: 'before' });
  state.transact(() => state.cleanSince.put(2, SEEN));
  return state;
}

test('how long a file is in sync begins anew with another index, whose ids and versions mean other files', () => {
  const state = seen();
  const same = { feed: 'changes', indexId: 'before', generation: 1, rootId: 1 } as const;
  new Stage(state).begin(same as unknown as Parameters<Stage['begin']>[0]);
  expect(state.cleanSince.get(2, 7)).toEqual(SEEN);
  new Stage(state).begin({ ...same, indexId: 'other' } as unknown as Parameters<Stage['begin']>[0]);
  expect(state.cleanSince.get(2, 7)).toBeUndefined();
});

test('how long a file is in sync begins anew on another target', () => {
  const state = seen();
  state.forgetTarget();
  expect(state.cleanSince.get(2, 7)).toBeUndefined();
});
