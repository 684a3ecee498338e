/** Histories that once broke a promise, as the search had shortened them. */
import type { Command, History, Step } from './command.ts';
import { FOREVER } from './player.ts';
import type { MirrorScene, Scene } from './scene.ts';

export interface KnownHistory {
  /** What the product has to do since then. */
  readonly rule: string;
  readonly history: History;
}

const MIRROR: MirrorScene = {
  root: '',
  mode: 'incremental',
  found: [],
  mtimeStepMs: 0,
  maxWorkers: 1,
  holdMin: 100,
};
/** On a disk without links, of one case, and of whole steps of time. */
const WINDOWS: MirrorScene = { ...MIRROR, mtimeStepMs: 2000, disk: 'windows' };
const SCENE: Omit<Scene, 'seed'> = {
  tickMs: 0,
  mtimeStepMs: 0,
  hasTwins: false,
  costMs: 0,
  mirrors: [MIRROR],
};
const LONG_MS = 4000;

const after = (pauseMs: number, command: Command): Step => ({ command, pauseMs });
const slowly = (...commands: Command[]): Step[] => commands.map((command) => after(LONG_MS, command));

export const KNOWN_HISTORIES: readonly KnownHistory[] = [
  {
    rule: 'what somebody put into a folder that was parked over a restart is found when it gets its place',
    history: {
      scene: { ...SCENE, seed: 33_325 },
      steps: slowly(
        { do: 'write', path: 'd/b', size: 'empty' },
        { do: 'append', path: 'f/e/b' },
        { do: 'localRename', on: 0, path: 'd', to: 'f/e' },
        { do: 'swap', path: 'd/b', to: 'f/e' },
      ),
    },
  },
  {
    rule: 'a reserved name at the top of a mirrored subfolder is not fetched again and again',
    history: {
      scene: { ...SCENE, seed: 40_437, mirrors: [{ ...MIRROR, root: 'd' }] },
      steps: slowly({ do: 'reserve', path: 'd' }),
    },
  },
  {
    rule: 'a name that is not UTF-8 stays told for as long as it is there',
    history: { scene: { ...SCENE, seed: 1 }, steps: slowly({ do: 'undecodable', path: 'd/e' }) },
  },
  {
    rule: 'a file whose place a FIFO took is gone',
    history: {
      scene: { ...SCENE, seed: 2, costMs: 1 },
      steps: [
        after(0, { do: 'fifo', path: 'd/e/a' }),
        after(0, { do: 'write', path: 'f/e/b', size: 'small' }),
        after(LONG_MS, { do: 'advance', ms: 25 }),
        after(LONG_MS, { do: 'rename', path: 'd/e/a', to: 'f/e/b' }),
      ],
    },
  },
  {
    rule: 'where times are whole seconds, a rename does not hide a write of the same size before it',
    history: {
      scene: { ...SCENE, seed: 44_270, mtimeStepMs: 2000, hasTwins: true },
      steps: [
        after(LONG_MS, { do: 'fifo', path: 'd/b' }),
        after(0, { do: 'churn', path: 'b', afterMs: 529 }),
        after(700, { do: 'fuse', on: 0, n: 15, downMs: 3000, isPowerCut: true, keep: 1 }),
        after(LONG_MS, { do: 'rename', path: 'b', to: 'd/b' }),
      ],
    },
  },
  {
    rule: 'a folder that comes into the mirrored one from outside, in the place of another, brings what is in it',
    history: {
      scene: { ...SCENE, seed: 0, costMs: 1, mirrors: [{ ...MIRROR, root: 'd' }] },
      steps: slowly(
        { do: 'symlink', path: 'f/e/b' },
        { do: 'write', path: 'd/e/a', size: 'medium' },
        { do: 'swap', path: 'd/e', to: 'f' },
      ),
    },
  },
  {
    rule: 'the time of a folder that could not be set is set although the index was lost meanwhile',
    history: {
      scene: { ...SCENE, seed: 61_832 },
      steps: [
        after(LONG_MS, { do: 'loseHints', isTold: false }),
        after(LONG_MS, { do: 'append', path: 'f/e' }),
        after(0, { do: 'write', path: 'f/e', size: 'small' }),
        after(LONG_MS, { do: 'failTarget', on: 1, path: 'f', code: 'NO_SPACE', times: 3 }),
        after(LONG_MS, { do: 'killServer', downMs: 400, isIndexLost: true }),
      ],
    },
  },
  {
    rule: 'what is found to be missing while a plan is carried out is not forgotten by that plan',
    history: {
      scene: { ...SCENE, seed: 0, mtimeStepMs: 1000, mirrors: [{ ...MIRROR, mtimeStepMs: 2000 }] },
      steps: [
        after(0, { do: 'undecodable', path: 'f/e/b' }),
        after(40, { do: 'fuse', on: 0, n: 10, downMs: 400, isPowerCut: false, keep: 0 }),
        after(0, { do: 'localRemove', on: 0, path: 'f/e' }),
        after(12, { do: 'write', path: 'd/e/a', size: 'small' }),
        after(0, { do: 'swap', path: 'f/e', to: 'd/e' }),
      ],
    },
  },
  {
    rule: 'a name that changes its case or form alone changes it on a disk that folds both, and nothing is lost',
    history: {
      scene: { ...SCENE, seed: 0, mirrors: [{ ...MIRROR, disk: 'macos' }] },
      steps: slowly(
        { do: 'write', path: 'D/\u00e9', size: 'small' },
        { do: 'write', path: 'a', size: 'small' },
        { do: 'rename', path: 'a', to: 'A' },
        { do: 'rename', path: 'D', to: 'd' },
        { do: 'rename', path: 'd/\u00e9', to: 'd/e\u0301' },
        { do: 'swap', path: 'A', to: 'd/e\u0301' },
      ),
    },
  },
  {
    rule: 'what is held stays held when the server loses its index while the target is not mounted',
    history: {
      scene: {
        ...SCENE,
        seed: 0,
        mirrors: [
          {
            ...MIRROR,
            found: [
              { path: 'd/e/a', as: 'equal' },
              { path: 'keep1', as: 'other' },
              { path: 'f/a', as: 'equal' },
            ],
            holdMin: 3,
          },
          { ...MIRROR, root: 'd' },
        ],
      },
      steps: [
        after(40, { do: 'remove', path: 'a' }),
        after(0, { do: 'killClient', on: 0, downMs: 0, isStateLost: false }),
        after(0, { do: 'takeAway', path: '' }),
        after(3000, { do: 'restoreServer', downMs: 0 }),
        after(700, { do: 'chmod', path: 'a', mode: 0o600 }),
        after(0, { do: 'unmountTarget', on: 0, left: 'absent' }),
        after(0, { do: 'killServer', downMs: 0, isIndexLost: true }),
      ],
    },
  },
  {
    rule: 'a stop right after the target went away sets no times of folders there',
    history: {
      scene: { ...SCENE, seed: 17_901 },
      steps: [
        after(12, { do: 'failTarget', on: 0, path: 'a', code: 'NO_SPACE', times: 1 }),
        after(0, { do: 'unmountTarget', on: 0, left: 'absent' }),
        after(0, { do: 'restartOnly', on: 0, downMs: 0, pattern: 'd' }),
      ],
    },
  },
  {
    rule: 'a link that is left out and lost its name to a file is forgotten, though its removal is not known any more',
    history: {
      scene: { ...SCENE, seed: 0, mirrors: [WINDOWS, WINDOWS] },
      steps: [
        after(0, { do: 'fifo', path: 'D/\u00e9' }),
        after(0, { do: 'symlink', path: 'd' }),
        after(4, { do: 'chmod', path: 'a', mode: 0o600 }),
        after(0, { do: 'hintless', is: true }),
        after(0, { do: 'rename', path: 'd', to: 'D' }),
        after(0, { do: 'write', path: 'd', size: 'small' }),
      ],
    },
  },
  {
    rule: 'what may still exist at the source stays under its side name beside a new file of its name, and is told as kept',
    history: {
      scene: { ...SCENE, seed: 0, mirrors: [{ ...WINDOWS, root: 'd' }] },
      steps: [
        after(0, { do: 'cutWhileReplacing', on: 0, path: 'd/why?', n: 3, keep: 0.5 }),
        after(700, { do: 'write', path: 'd/WHY?', size: 'medium' }),
        after(0, { do: 'churn', path: 'd/WHY?', afterMs: 500 }),
        after(0, { do: 'failSource', path: 'A', operation: 'stat', times: 1_000_000 }),
        after(0, { do: 'rename', path: 'd', to: 'A' }),
      ],
    },
  },
  {
    rule: 'in a folder that is renamed into the part at hand everything is looked at',
    history: {
      scene: { ...SCENE, seed: 0 },
      steps: [
        after(0, { do: 'write', path: 'f/a', size: 'small' }),
        after(3000, { do: 'append', path: 'a' }),
        after(0, { do: 'restartOnly', on: 0, downMs: 3000, pattern: 'd' }),
        after(0, { do: 'localWrite', on: 0, path: 'f/e' }),
        after(0, { do: 'rename', path: 'f', to: 'd' }),
      ],
    },
  },
  {
    rule: 'in a folder that takes the place of a file in the part at hand everything is looked at, too',
    history: {
      scene: { ...SCENE, seed: 0 },
      steps: [
        after(0, { do: 'write', path: 'f/a', size: 'small' }),
        after(3000, { do: 'mkdir', path: 'f/e' }),
        after(0, { do: 'localWrite', on: 0, path: 'f/e/b' }),
        after(0, { do: 'rename', path: 'f/e', to: 'f/a' }),
        after(0, { do: 'restartOnly', on: 0, downMs: 0, pattern: '**/a' }),
      ],
    },
  },
  {
    rule: 'what somebody took away himself is not told as put away, though the server has lost its index meanwhile',
    history: {
      scene: { ...SCENE, seed: 0 },
      steps: [
        after(0, { do: 'fifo', path: 'f/e/b' }),
        after(3000, { do: 'jump', ms: 100 }),
        after(0, { do: 'rename', path: 'f', to: 'd' }),
        after(0, { do: 'restartOnly', on: 0, downMs: 0, pattern: 'd/*' }),
        after(3000, { do: 'remove', path: 'a' }),
        after(0, { do: 'localRemove', on: 0, path: 'd/e' }),
        after(0, { do: 'cutServerPower', downMs: 0, keepTree: 0, keep: 0 }),
      ],
    },
  },
  {
    rule: 'what is renamed to the name of a folder that is held waits for it, and nothing in that is deleted unasked',
    history: {
      scene: { ...SCENE, seed: 0, mirrors: [{ ...MIRROR, holdMin: 3 }] },
      steps: slowly(
        { do: 'write', path: 'd/b', size: 'small' },
        { do: 'write', path: 'd/e/a', size: 'small' },
        { do: 'write', path: 'f/a', size: 'small' },
        { do: 'jump', ms: 4_000_000 },
        { do: 'takeAway', path: '' },
        { do: 'write', path: 'f/a', size: 'small' },
        { do: 'rename', path: 'f', to: 'd' },
        { do: 'write', path: 'd/e/b', size: 'small' },
      ),
    },
  },
  {
    rule: 'a file that got the name of a held folder while it was fetched does not take its place',
    history: {
      scene: { ...SCENE, seed: 1, mirrors: [{ ...MIRROR, holdMin: 3 }] },
      steps: [
        ...slowly(
          { do: 'write', path: 'd/b', size: 'small' },
          { do: 'write', path: 'd/e/a', size: 'small' },
          { do: 'jump', ms: 4_000_000 },
          { do: 'takeAway', path: '' },
        ),
        after(515, { do: 'write', path: 'a', size: 'large' }),
        after(LONG_MS, { do: 'rename', path: 'a', to: 'd' }),
      ],
    },
  },
  {
    rule: 'what another file left at a place of a disk of one case is no version of the file that has it now',
    history: {
      scene: { ...SCENE, seed: 0, mirrors: [WINDOWS, WINDOWS, WINDOWS] },
      steps: [
        after(0, { do: 'write', path: 'd/WHY?', size: 'small' }),
        after(0, { do: 'cutWhileReplacing', on: 0, path: 'd/why?', n: 3, keep: 0.5 }),
        after(40, { do: 'mkdir', path: 'D/\u00e9/a:b' }),
        after(0, { do: 'rename', path: 'D/\u00e9/a:b', to: 'd/WHY?' }),
      ],
    },
  },
  {
    rule: 'a file is mirrored beside a folder that fails and whose name this disk takes for its own',
    history: {
      scene: { ...SCENE, seed: 0, mirrors: [{ ...MIRROR, disk: 'macos' }] },
      steps: [
        after(0, { do: 'failSource', path: 'D/\u00e9', operation: 'stat', times: FOREVER }),
        after(0, { do: 'deepen', path: 'D/\u00e9' }),
        after(0, { do: 'write', path: 'D/e\u0301', size: 'small' }),
      ],
    },
  },
  {
    rule: 'what a power cut took and nobody can look at stays, also where its name is kept in another form',
    history: {
      scene: {
        ...{ ...SCENE, seed: 0 },
        mirrors: [
          { ...MIRROR, root: 'D', disk: 'macos' },
          { ...MIRROR, disk: 'macos' },
        ],
      },
      steps: [
        after(0, { do: 'churn', path: 'D/\u00e9', afterMs: 500 }),
        after(0, { do: 'failSource', path: 'D/\u00e9', operation: 'stat', times: FOREVER }),
        after(700, { do: 'fifo', path: 'a' }),
        after(0, { do: 'cutServerPower', downMs: 0, keepTree: 0, keep: 1 }),
      ],
    },
  },
  {
    rule: 'of a link that this disk cannot hold nothing is told any more when it has gone while nobody looked',
    history: {
      scene: { ...SCENE, seed: 0, mirrors: [{ ...WINDOWS, found: [{ path: 'keep1', as: 'equal' }] }] },
      steps: [
        after(0, { do: 'symlink', path: 'D/\u00e9' }),
        after(12, { do: 'remove', path: 'D/\u00e9' }),
        after(0, { do: 'stopServer', downMs: 0 }),
      ],
    },
  },
  {
    rule: 'what is in a folder that stands aside by its name stays as well while nobody can look at it',
    history: {
      scene: {
        ...{ ...SCENE, seed: 0 },
        mirrors: [
          { ...MIRROR, root: 'D', disk: 'macos' },
          { ...MIRROR, disk: 'macos' },
        ],
      },
      steps: [
        after(0, { do: 'write', path: 'd/con/x.', size: 'small' }),
        after(0, { do: 'churn', path: 'D/\u00e9', afterMs: 500 }),
        after(0, { do: 'rename', path: 'D', to: 'a' }),
        after(0, { do: 'killServer', downMs: 0, isIndexLost: true }),
        after(0, { do: 'failSource', path: 'D/\u00e9', operation: 'stat', times: FOREVER }),
        after(700, { do: 'fifo', path: 'a' }),
        after(0, { do: 'cutServerPower', downMs: 0, keepTree: 0.3, keep: 1 }),
      ],
    },
  },
  {
    rule: 'a folder is mirrored beside one that fails and whose name this disk takes for its own',
    history: {
      scene: {
        ...{ ...SCENE, seed: 0 },
        mirrors: [{ ...MIRROR, disk: 'macos', mtimeStepMs: 2000, found: [{ path: 'keep1', as: 'equal' }] }],
      },
      steps: [
        after(0, { do: 'undecodable', path: 'D/\u00e9' }),
        after(0, { do: 'churn', path: 'D/e\u0301/a:b', afterMs: 500 }),
        after(0, { do: 'failSource', path: 'D/\u00e9', operation: 'stat', times: FOREVER }),
        after(0, { do: 'killServer', downMs: 0, isIndexLost: true }),
      ],
    },
  },
  {
    rule: 'what is renamed to the name of a folder that may exist at the source waits in its old place for it',
    history: {
      scene: { ...SCENE, seed: 7 },
      steps: [
        after(0, { do: 'write', path: 'd/e/a', size: 'small' }),
        after(0, { do: 'write', path: 'd/b', size: 'small' }),
        after(LONG_MS, { do: 'write', path: 'f/e/b', size: 'small' }),
        after(100, { do: 'failSource', path: 'd/b', operation: 'stat', times: FOREVER }),
        after(10, { do: 'killServer', downMs: 1000, isIndexLost: true }),
        after(LONG_MS, { do: 'takeAway', path: 'd/e' }),
        after(LONG_MS, { do: 'rename', path: 'f/e', to: 'd/e' }),
      ],
    },
  },
  {
    rule: 'a file that nobody flushed is mended like any other when a power cut takes it while its name is put right',
    history: {
      scene: {
        ...SCENE,
        seed: 0,
        mirrors: [{ ...MIRROR, disk: 'macos', found: [{ path: 'd/WHY?', as: 'equal' }] }],
      },
      steps: [
        after(0, { do: 'write', path: 'd/why?', size: 'small' }),
        after(0, { do: 'fuse', on: 0, n: 17, downMs: 0, isPowerCut: true, keep: 1 }),
      ],
    },
  },
  {
    rule: 'what stands under a side name and may exist at the source stays when nobody knows whose name it was',
    history: {
      scene: { ...SCENE, seed: 0, mirrors: [WINDOWS] },
      steps: [
        after(0, { do: 'write', path: 'a', size: 'medium' }),
        after(0, { do: 'mkdir', path: 'A' }),
        after(0, { do: 'failSource', path: 'a', operation: 'stat', times: FOREVER }),
        after(40, { do: 'write', path: 'a', size: 'small' }),
        after(0, { do: 'loseBoth', on: 0, downMs: 0 }),
      ],
    },
  },
];
