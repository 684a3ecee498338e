/** What can happen to a world, as plain data, so that a failing history can be shrunk and printed. */
import type { TreeErrorCode } from '@lanmirror/engine/tree';
import fc from 'fast-check';
import type { Direction, Tampering } from './wire.ts';

export type Command =
  | { readonly do: 'write'; readonly path: string; readonly size: 'small' | 'medium' | 'large' | 'empty' }
  /** Written, and written again when the first version is on its way. */
  | { readonly do: 'churn'; readonly path: string; readonly afterMs: number }
  /** Written, and when it has long been mirrored written again, while the client's machine loses power. */
  | { readonly do: 'cutWhileReplacing'; readonly path: string; readonly n: number; readonly keep: number }
  | { readonly do: 'append' | 'remove' | 'mkdir' | 'symlink' | 'touch'; readonly path: string }
  | { readonly do: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly do: 'rename' | 'swap'; readonly path: string; readonly to: string }
  | { readonly do: 'localWrite' | 'localRemove' | 'localMkdir'; readonly path: string }
  | { readonly do: 'localRename'; readonly path: string; readonly to: string }
  | { readonly do: 'advance' | 'jump' | 'networkDown'; readonly ms: number }
  | { readonly do: 'loseHints'; readonly isTold: boolean }
  | { readonly do: 'hintless'; readonly is: boolean }
  | { readonly do: 'cut' | 'mountSource' | 'mountTarget' | 'heal' }
  | { readonly do: 'stall'; readonly direction: Direction; readonly ms: number }
  | { readonly do: 'tamper'; readonly how: Tampering }
  | { readonly do: 'killServer'; readonly downMs: number; readonly isIndexLost: boolean }
  | { readonly do: 'cutServerPower'; readonly downMs: number; readonly keep: number }
  | { readonly do: 'stopServer' | 'stopClient'; readonly downMs: number }
  | { readonly do: 'killClient'; readonly downMs: number; readonly isStateLost: boolean }
  | {
      readonly do: 'fuse';
      readonly n: number;
      readonly downMs: number;
      readonly isPowerCut: boolean;
      readonly keep: number;
    }
  | {
      readonly do: 'cutClientPower';
      readonly downMs: number;
      readonly keepTree: number;
      readonly keepStore: number;
    }
  | { readonly do: 'unmountSource' | 'unmountTarget'; readonly left: 'absent' | 'empty' }
  | {
      readonly do: 'failSource';
      readonly path: string;
      readonly operation: 'open' | 'list' | 'stat' | 'read';
      readonly times: number;
    }
  | {
      readonly do: 'failTarget';
      readonly path: string;
      readonly code: TreeErrorCode;
      readonly times: number;
    };

/** A command, and how long the world goes on before the next. */
export interface Step {
  readonly command: Command;
  readonly pauseMs: number;
}

/** All paths that are ever used: few, so that they meet. */
export const PATHS = ['a', 'b', 'd', 'd/a', 'd/b', 'd/e', 'd/e/a', 'f', 'f/a', 'f/e', 'f/e/b'] as const;

const path = fc.constantFrom<string>(...PATHS);
const two = { path, to: path };
const downMs = fc.constantFrom(0, 10, 400, 3000);
const left = fc.constantFrom('absent' as const, 'empty' as const);
const part = fc.constantFrom(0, 0.3, 0.7, 1);
const is = <T extends string>(name: T) => fc.constant(name);

const EDITS: readonly fc.WeightedArbitrary<Command>[] = [
  {
    weight: 10,
    arbitrary: fc.record({
      do: is('write'),
      path,
      size: fc.oneof(
        { weight: 12, arbitrary: is('small') },
        { weight: 2, arbitrary: is('medium') },
        is('large'),
        is('empty'),
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: is('churn'), path, afterMs: fc.integer({ min: 500, max: 540 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('append' as const, 'touch' as const), path }) },
  { weight: 4, arbitrary: fc.record({ do: is('remove'), path }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('mkdir' as const, 'symlink' as const), path }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: is('chmod'), path, mode: fc.constantFrom(0o600, 0o644, 0o755, 0o700) }),
  },
  { weight: 7, arbitrary: fc.record({ do: is('rename'), ...two }) },
  { weight: 3, arbitrary: fc.record({ do: is('swap'), ...two }) },
];

const LOCAL: readonly fc.WeightedArbitrary<Command>[] = [
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('localWrite' as const, 'localRemove' as const, 'localMkdir' as const),
      path,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: is('localRename'), ...two }) },
];

const LINE: readonly fc.WeightedArbitrary<Command>[] = [
  { weight: 2, arbitrary: fc.record({ do: is('advance'), ms: fc.constantFrom(1, 25, 600, 2500, 70_000) }) },
  { weight: 1, arbitrary: fc.record({ do: is('jump'), ms: fc.constantFrom(100, 5000, 4_000_000) }) },
  { weight: 1, arbitrary: fc.record({ do: is('loseHints'), isTold: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: is('hintless'), is: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: is('cut') }) },
  { weight: 1, arbitrary: fc.record({ do: is('networkDown'), ms: fc.constantFrom(200, 5000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: is('stall'),
      direction: fc.constantFrom('to-client' as const, 'to-server' as const),
      ms: fc.constantFrom(50, 3000, 60_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: is('tamper'),
      how: fc.constantFrom('drop' as const, 'duplicate' as const, 'swap' as const),
    }),
  },
];

const DEATHS: readonly fc.WeightedArbitrary<Command>[] = [
  {
    weight: 2,
    arbitrary: fc.record({
      do: is('cutWhileReplacing'),
      path,
      n: fc.integer({ min: 3, max: 9 }),
      keep: fc.constantFrom(0.5, 1),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: is('killServer'), downMs, isIndexLost: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: is('cutServerPower'), downMs, keep: part }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('stopServer' as const, 'stopClient' as const), downMs }),
  },
  { weight: 2, arbitrary: fc.record({ do: is('killClient'), downMs, isStateLost: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: is('fuse'),
      n: fc.integer({ min: 1, max: 20 }),
      downMs,
      isPowerCut: fc.boolean(),
      keep: part,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: is('cutClientPower'), downMs, keepTree: part, keepStore: part }) },
];

const DISKS: readonly fc.WeightedArbitrary<Command>[] = [
  { weight: 2, arbitrary: fc.record({ do: is('unmountSource'), left }) },
  { weight: 1, arbitrary: fc.record({ do: is('unmountTarget'), left }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('mountSource' as const, 'mountTarget' as const) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: is('failSource'),
      path,
      operation: fc.constantFrom('open' as const, 'list' as const, 'stat' as const, 'read' as const),
      times: fc.constantFrom(1, 3, 1_000_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: is('failTarget'),
      path,
      code: fc.constantFrom<TreeErrorCode>('NO_SPACE', 'DENIED', 'IO', 'BUSY'),
      times: fc.constantFrom(1, 3, 1_000_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: is('heal') }) },
];

const command = fc.oneof(...EDITS, ...LOCAL, ...LINE, ...DEATHS, ...DISKS);

/** A history: at most `maxLength` steps. */
export function history(maxLength: number): fc.Arbitrary<Step[]> {
  const pauseMs = fc.constantFrom(0, 0, 0, 1, 4, 12, 40, 700, 3000);
  return fc.array(fc.record({ command, pauseMs }), { maxLength, size: 'max' });
}
