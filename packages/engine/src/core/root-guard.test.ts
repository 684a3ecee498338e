import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOLD_MIN } from './hold.ts';
import { haltMessage, mayBeMountedAgain, RootGuard } from './root-guard.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));
const ROOT = { dev: 1n, ino: 2n, kind: 'directory' as const };
const OTHER = { dev: 1n, ino: 3n, kind: 'directory' as const };

describe('the guard of a root', () => {
  test('nothing is removed between a start and the end of its first whole scan', () => {
    const guard = new RootGuard();
    guard.begin(ROOT, 10);
    expect(guard.removal).toBe('later');
    expect(guard.scanned(1)).toBe('believe');
    expect(guard.removal).toBe('now');
  });

  test('the root must stay the same folder, until another one was compared and admitted', () => {
    const guard = new RootGuard();
    guard.begin(ROOT, 10);
    expect(guard.judge({ found: OTHER, indexedEntries: 10 })).toEqual({ halt: 'replaced' });
    expect(guard.isProbeWanted(OTHER)).toBe(false);
    guard.enterHalt('replaced');
    expect(guard.judge({ found: OTHER, indexedEntries: 10, listedEntries: 3 })).toEqual({ halt: 'replaced' });
    expect(guard.isProbeWanted(OTHER)).toBe(true);
    expect(guard.isProbeWanted(ROOT)).toBe(false);
    guard.admit(OTHER);
    expect(guard.judge({ found: OTHER, indexedEntries: 10, listedEntries: 3 })).toBe('healthy');
    expect(guard.judge({ found: ROOT, indexedEntries: 10, listedEntries: 3 })).toEqual({ halt: 'replaced' });
  });

  test(`another folder may be the root mounted again when it lacks one in a hundred, and a hundred at most (SEED=${SEED})`, () => {
    const property = fc.property(fc.nat(20_000), fc.nat(300), (indexed, missing) => {
      const isBelieved = mayBeMountedAgain({ indexed, missing });
      expect(isBelieved).toBe(missing <= 100 && missing <= indexed / 100);
    });
    fc.assert(property, { seed: SEED });
  });

  test('an empty root that held files is not believed until it is watched', () => {
    const guard = new RootGuard();
    expect(guard.isListingWanted(ROOT, 10)).toBe(true);
    expect(guard.judge({ found: ROOT, indexedEntries: 10, listedEntries: 0 })).toEqual({ halt: 'emptied' });
    guard.begin(ROOT, 10);
    expect(guard.isListingWanted(ROOT, 10)).toBe(false);
  });

  test('a halt is told once, but again when the root goes away while its return is judged', () => {
    const guard = new RootGuard();
    guard.begin(ROOT, 10);
    expect(guard.enterHalt('missing')).toBe(true);
    expect(guard.enterHalt('missing')).toBe(false);
    guard.begin(ROOT, 10);
    expect(guard.enterHalt('missing')).toBe(true);
    expect(guard.isIdle).toBe(true);
  });

  test('what was never settled is judged in the next life as in the one before', () => {
    const guard = new RootGuard();
    expect(guard.open).toBeUndefined();
    guard.begin(ROOT, 10);
    guard.scanned(0);
    expect(guard.open).toBeUndefined();
    guard.enterHalt('missing');
    guard.begin(ROOT, 10);
    expect(guard.scanned(6)).toBe('ask');
    const next = new RootGuard();
    next.begin(OTHER, 1000, guard.open);
    expect(next.open).toEqual({ doubt: 'came-back', indexed: 10 });
    expect([next.scanned(6), next.scanned(5), next.open]).toEqual(['ask', 'believe', undefined]);
  });

  test('a root that goes away before the first scan is believed came back, in the next life too', () => {
    const guard = new RootGuard();
    guard.doubt(10);
    expect(guard.open).toBeUndefined();
    guard.begin(ROOT, 10);
    guard.enterHalt('missing');
    guard.doubt(12);
    expect(guard.open).toEqual({ doubt: 'came-back', indexed: 10 });
  });

  test('a halt lasts until a whole scan is believed', () => {
    const guard = new RootGuard();
    guard.begin(ROOT, 10);
    guard.enterHalt('missing');
    guard.begin(OTHER, 10);
    expect(guard.halt).toBe('missing');
    expect(guard.scanned(0)).toBe('believe');
    expect(guard.halt).toBeUndefined();
  });

  test('a large loss after a start is asked about, and nothing is removed until a scan finds it again', () => {
    const guard = new RootGuard();
    guard.begin(ROOT, 200);
    expect(guard.scanned(150)).toBe('ask');
    expect(guard.removal).toBe('never');
    expect(guard.isIdle).toBe(false);
    expect(guard.scanned(150)).toBe('ask');
    expect(guard.scanned(20)).toBe('believe');
    expect(guard.removal).toBe('now');
  });

  test(`everything missing is asked about, however little it is (SEED=${SEED})`, () => {
    const property = fc.property(fc.integer({ min: 1, max: 2 * HOLD_MIN }), (indexed) => {
      const guard = new RootGuard();
      guard.begin(ROOT, indexed);
      expect(guard.scanned(indexed)).toBe('ask');
    });
    fc.assert(property, { seed: SEED });
  });

  test(`a root that was away may lack half of what was indexed, not more (SEED=${SEED})`, () => {
    const property = fc.property(fc.nat(1000), fc.nat(1000), (indexed, missing) => {
      const guard = new RootGuard();
      guard.begin(ROOT, indexed);
      guard.scanned(0);
      guard.enterHalt('replaced');
      guard.begin(ROOT, indexed);
      expect(guard.scanned(missing)).toBe(missing * 2 > indexed ? 'ask' : 'believe');
    });
    fc.assert(property, { seed: SEED });
  });

  test('what a person agreed to is no loss any more, and the rest is judged without it', () => {
    const guard = new RootGuard();
    expect(guard.accept()).toBe(false);
    guard.begin(ROOT, 400);
    guard.scanned(250);
    expect(guard.accept()).toBe(true);
    guard.forget(250);
    expect([guard.halt, guard.removal, guard.indexed]).toEqual([undefined, 'later', 150]);
    expect(guard.scanned(120)).toBe('ask');
    expect(guard.scanned(60)).toBe('believe');
    expect(guard.removal).toBe('now');
  });

  test('a yes to an empty root ends with the next scan or halt', () => {
    const guard = new RootGuard();
    const empty = { found: ROOT, indexedEntries: 10, listedEntries: 0 };
    for (const end of ['scan', 'halt']) {
      guard.enterHalt('emptied');
      expect(guard.isListingWanted(ROOT, 10)).toBe(true);
      expect(guard.accept()).toBe(true);
      expect(guard.isListingWanted(ROOT, 10)).toBe(false);
      if (end === 'halt') guard.enterHalt('missing');
      else {
        guard.begin(ROOT, 10);
        guard.forget(10);
        expect(guard.scanned(0)).toBe('believe');
        guard.enterHalt('missing');
      }
      expect(guard.isListingWanted(ROOT, 10)).toBe(true);
      expect(guard.judge(empty)).toEqual({ halt: 'emptied' });
    }
  });

  test('while it runs, a person may remove what he likes', () => {
    const guard = new RootGuard();
    guard.begin(ROOT, 200);
    guard.scanned(0);
    expect(guard.scanned(200)).toBe('believe');
  });

  test('a halt is told with its cause and the next step', () => {
    expect(haltMessage(undefined, '/state/index')).toBe('');
    expect(haltMessage('emptied', '/state/index', 'here accept')).toMatch(/on purpose: here accept\.$/);
    for (const halt of ['missing', 'emptied', 'mass-absence', 'state'] as const)
      expect(haltMessage(halt, '/state/index')).toMatch(
        /^Nothing is deleted on any mirror: .+\. Next: .+\.$/,
      );
  });
});
