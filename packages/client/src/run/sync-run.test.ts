import { EXIT } from '@lanmirror/engine/host';
import { expect, test } from 'vitest';
import type { PassControl } from '../control/asked-pass.ts';
import { runEndOf, withRest } from './sync-run.ts';

const SERVER = { folder: undefined, client: { mirror: { haltReason: '' } } } as unknown as PassControl;
const FOLDER = { ...SERVER, folder: {} } as unknown as PassControl;
const NO_TARGET = { ...SERVER, client: { mirror: { haltReason: 'away' } } } as unknown as PassControl;
const HALTED = { exit: EXIT.held, result: { halt: 'it is away.' } };
const RUNS = { isLive: false, isWhole: true };

test.each([
  [
    'a server, of which nothing is heard without a session',
    SERVER,
    RUNS,
    ' The next run makes up for it.',
    undefined,
  ],
  ['a folder of this machine', FOLDER, RUNS, ' A run follows as soon as that is over.', 'halted'],
  ['the target', NO_TARGET, RUNS, ' A run follows as soon as that is over.', 'halted'],
  ['a part only', FOLDER, { ...RUNS, isWhole: false }, ' The next run makes up for it.', undefined],
  ['a mirror that goes on by itself', FOLDER, { ...RUNS, isLive: true }, '', undefined],
] as const)(
  'a halt says who does what it leaves, and that one does: %s',
  (_what, control, rules, next, owes) => {
    const end = runEndOf(withRest(control, HALTED, rules));
    expect(end).toEqual({ exit: EXIT.held, text: `HALTED: it is away.${next}`, owes });
  },
);

test('without a halt nothing is left', () => {
  const held = { exit: EXIT.held, result: { halt: '', isHeld: true } };
  const end = runEndOf(withRest(FOLDER, held, RUNS));
  expect([end.text, end.owes]).toEqual([expect.stringMatching(/^HELD: /), undefined]);
});
