/** Random histories: which commands there are, and how often each. */
import type { TreeErrorCode } from '@lanmirror/engine/tree';
import fc from 'fast-check';
import type { Absence } from '../../packages/engine/src/tree/memory/index.ts';
import type {
  ClientDeath,
  Command,
  DiskTrouble,
  History,
  LineTrouble,
  ServerDeath,
  SourceEdit,
  TargetEdit,
} from './command.ts';
import { PARTS } from './part.ts';
import { PATHS, scene } from './scene.ts';

type Weighted<T> = readonly fc.WeightedArbitrary<T>[];

const path = fc.constantFrom<string>(...PATHS);
const two = { path, to: path };
/** Number of a mirror, modulo how many there are. */
const on = fc.nat(2);
const downMs = fc.constantFrom(0, 10, 400, 3000);
const left = fc.constantFrom<Absence>('absent', 'empty', 'replaced');
const part = fc.constantFrom(0, 0.3, 0.7, 1);
const times = fc.constantFrom(1, 3, 1_000_000);
const is = <T extends string>(...names: [T, ...T[]]) => fc.constantFrom<T>(...names);

const EDITS: Weighted<SourceEdit> = [
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
  { weight: 3, arbitrary: fc.record({ do: is('append', 'touch'), path }) },
  { weight: 2, arbitrary: fc.record({ do: is('patch'), path }) },
  { weight: 4, arbitrary: fc.record({ do: is('remove'), path }) },
  { weight: 3, arbitrary: fc.record({ do: is('mkdir', 'symlink'), path }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: is('chmod'), path, mode: fc.constantFrom(0o600, 0o644, 0o755, 0o700) }),
  },
  { weight: 7, arbitrary: fc.record({ do: is('rename'), ...two }) },
  { weight: 3, arbitrary: fc.record({ do: is('swap'), ...two }) },
  { weight: 1, arbitrary: fc.record({ do: is('link'), ...two }) },
  { weight: 2, arbitrary: fc.record({ do: is('fifo', 'undecodable', 'deepen', 'reserve'), path }) },
  { weight: 3, arbitrary: fc.record({ do: is('takeAway'), path: fc.oneof(path, fc.constant('')) }) },
  { weight: 1, arbitrary: fc.record({ do: is('bringBack') }) },
];

const LOCAL: Weighted<TargetEdit> = [
  {
    weight: 2,
    arbitrary: fc.record({ do: is('localWrite', 'localRemove', 'localMkdir', 'localFifo'), on, path }),
  },
  { weight: 1, arbitrary: fc.record({ do: is('localRename'), on, ...two }) },
];

const LINE: Weighted<LineTrouble | Command> = [
  { weight: 2, arbitrary: fc.record({ do: is('advance'), ms: fc.constantFrom(1, 25, 600, 2500, 70_000) }) },
  { weight: 3, arbitrary: fc.record({ do: is('jump'), ms: fc.constantFrom(100, 5000, 800_000, 4_000_000) }) },
  { weight: 1, arbitrary: fc.record({ do: is('loseHints'), isTold: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: is('hintless'), is: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: is('cut') }) },
  { weight: 1, arbitrary: fc.record({ do: is('networkDown'), ms: fc.constantFrom(200, 5000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: is('stall'),
      direction: is('to-client', 'to-server'),
      ms: fc.constantFrom(50, 3000, 60_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: is('tamper'), how: is('drop', 'duplicate', 'swap') }) },
];

const SERVER: Weighted<ServerDeath> = [
  { weight: 2, arbitrary: fc.record({ do: is('killServer'), downMs, isIndexLost: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: is('cutServerPower'), downMs, keepTree: part, keep: part }) },
  { weight: 1, arbitrary: fc.record({ do: is('stopServer'), downMs }) },
  { weight: 1, arbitrary: fc.record({ do: is('backUpServer') }) },
  { weight: 1, arbitrary: fc.record({ do: is('restoreServer'), downMs }) },
];

const CLIENTS: Weighted<ClientDeath> = [
  {
    weight: 2,
    arbitrary: fc.record({
      do: is('cutWhileReplacing'),
      on,
      path,
      n: fc.integer({ min: 3, max: 9 }),
      keep: fc.constantFrom(0.5, 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: is('stopClient', 'restartFull'), on, downMs }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: is('restartOnly'), on, downMs, pattern: fc.constantFrom(...PARTS) }),
  },
  { weight: 2, arbitrary: fc.record({ do: is('killClient'), on, downMs, isStateLost: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: is('loseBoth'), on, downMs }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: is('fuse'),
      on,
      n: fc.integer({ min: 1, max: 20 }),
      downMs,
      isPowerCut: fc.boolean(),
      keep: part,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: is('cutClientPower'), on, downMs, keepTree: part, keepStore: part }),
  },
];

const DISKS: Weighted<DiskTrouble> = [
  { weight: 2, arbitrary: fc.record({ do: is('unmountSource'), left }) },
  { weight: 1, arbitrary: fc.record({ do: is('unmountTarget'), on, left }) },
  { weight: 2, arbitrary: fc.record({ do: is('mountSource') }) },
  { weight: 2, arbitrary: fc.record({ do: is('mountTarget'), on }) },
  { weight: 1, arbitrary: fc.record({ do: is('fillTarget'), on, ms: fc.constantFrom(500, 90_000) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: is('lock'),
      path: fc.oneof(fc.constant('kept'), path),
      ms: fc.constantFrom(50, 3000, 90_000),
      isScanned: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: is('failSource'),
      path,
      operation: is('open', 'list', 'stat', 'read'),
      times,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: is('failTarget'),
      on,
      path,
      code: fc.constantFrom<TreeErrorCode>('NO_SPACE', 'DENIED', 'IO', 'BUSY'),
      times,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: is('failTarget'),
      on,
      path,
      code: fc.constantFrom<TreeErrorCode>('NO_SPACE', 'DENIED', 'IO', 'BUSY'),
      operation: fc.constantFrom('setMetadata', 'putAway', 'move', 'publish', 'makeDirectory'),
      times: fc.constantFrom(1, 1_000_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: is('heal') }) },
];

const command: fc.Arbitrary<Command> = fc.oneof(
  ...(EDITS as Weighted<Command>),
  ...(LOCAL as Weighted<Command>),
  ...(LINE as Weighted<Command>),
  ...(SERVER as Weighted<Command>),
  ...(CLIENTS as Weighted<Command>),
  ...(DISKS as Weighted<Command>),
);

const pauseMs = fc.constantFrom(0, 0, 0, 1, 4, 12, 40, 700, 3000);

/** A world and at most `maxLength` steps in it. */
export function randomHistory(maxLength = 40): fc.Arbitrary<History> {
  const steps = fc.array(fc.record({ command, pauseMs }), { maxLength, size: 'max' });
  return fc.record({ scene, steps });
}
