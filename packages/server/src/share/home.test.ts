import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey, keyFileIn } from '@lanmirror/engine/host';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inheritanceLines, inheritKeys, keyFolderOf, renewCopies } from '../key/inherited-key.ts';
import { addKey, listKeys, readKeys, removeKey } from '../key/named-key.ts';
import { findHome, type Home, openHome } from './home.ts';

let dir: string;
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'lanmirror-home-')));
  for (const name of ['films', 'photos']) mkdirSync(join(dir, name));
  for (const name of ['a.ini', 'b.ini']) writeFileSync(join(dir, name), '');
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Without `ini` the one folder has no sections. */
function home(names: readonly string[], ini = '', given = '', open = openHome): Home {
  const roots = names.map((name) => join(dir, name));
  const iniPath = ini === '' ? '' : join(dir, ini);
  return open({ roots, iniPath, given, env: { XDG_STATE_HOME: join(dir, 'xdg') } });
}

function keyIn(folder: string): string {
  return readFileSync(keyFileIn(folder), 'utf8').trim();
}

describe('where a server keeps what it remembers', () => {
  test('one folder without sections is its own home', () => {
    const alone = home(['films']);
    expect(alone.stateDirs).toEqual([alone.dir]);
    const given = join(dir, 'given');
    expect(home(['films'], '', given)).toEqual({ dir: given, stateDirs: [given] });
  });

  test('a share has the state folder that it has alone, whatever else is in the INI, and in any order', () => {
    const [films, photos] = [home(['films']).dir, home(['photos']).dir];
    const both = home(['photos', 'films'], 'a.ini');
    expect(both.stateDirs).toEqual([photos, films]);
    expect(both.stateDirs).not.toContain(both.dir);
    expect(home(['films'], 'a.ini').dir).toBe(both.dir);
    expect(home(['films'], 'b.ini').dir).not.toBe(both.dir);
  });

  test('in a given folder each share has one of its own, but for the share that had it for itself', () => {
    const given = join(dir, 'given');
    home(['films'], '', given);
    const both = home(['films', 'photos'], 'a.ini', given);
    expect(both.dir).toBe(given);
    expect(both.stateDirs[0]).toBe(given);
    expect(both.stateDirs[1]).toMatch(/given\/shares\/photos-/);
    expect(home(['photos'], 'a.ini', given).stateDirs).toEqual([both.stateDirs[1]]);
    const fresh = join(dir, 'fresh');
    const shares = home(['films', 'photos'], 'a.ini', fresh);
    expect(shares.stateDirs.every((one) => one.startsWith(`${fresh}/shares/`))).toBe(true);
    // Back to one folder without sections: its index is where it was.
    expect(home(['films'], '', fresh)).toEqual({ dir: fresh, stateDirs: [shares.stateDirs[0]] });
  });

  test('a given folder of one root is refused for another, and one of a client for every server', () => {
    const given = join(dir, 'given');
    home(['films'], '', given);
    expect(() => home(['photos'], '', given)).toThrow(expect.objectContaining({ code: 'STATE_OF_ANOTHER' }));
    writeFileSync(join(given, 'root'), 'client /mnt/mirror\n');
    for (const open of [openHome, findHome])
      expect(() => home(['films', 'photos'], 'a.ini', given, open)).toThrow(
        expect.objectContaining({ code: 'STATE_OF_ANOTHER' }),
      );
  });

  test('a command that only looks finds the same, and makes nothing', () => {
    for (const given of ['', join(dir, 'given')]) {
      const found = home(['films', 'photos'], 'a.ini', given, findHome);
      expect([found.dir, ...found.stateDirs].filter((one) => existsSync(one))).toEqual([]);
      expect(home(['films', 'photos'], 'a.ini', given)).toEqual(found);
      expect(home(['films', 'photos'], 'a.ini', given, findHome)).toEqual(found);
    }
  });
});

describe('mirrors keep their keys', () => {
  test('when a folder becomes a section, in whatever place of the INI', () => {
    const key = createKey(home(['films']).dir);
    const both = home(['photos', 'films'], 'a.ini');
    expect(keyIn(keyFolderOf(both))).toBe(key);
    expect(inheritKeys(both).from).toBe(home(['films']).dir);
    expect(keyIn(both.dir)).toBe(key);
    expect(inheritKeys(both).from).toBeUndefined();
  });

  test('when the share that brought them goes, the INI moves, or one folder is left, with those that have names', () => {
    const key = createKey(home(['films']).dir);
    const both = home(['films', 'photos'], 'a.ini');
    inheritKeys(both);
    addKey(both.dir, 'phone');
    const moved = home(['photos'], 'b.ini');
    expect(keyIn(keyFolderOf(moved))).toBe(key);
    inheritKeys(moved);
    const alone = home(['photos']);
    inheritKeys(alone);
    for (const one of [moved, alone]) {
      expect(keyIn(one.dir)).toBe(key);
      expect(listKeys(one.dir).map(({ name }) => name)).toEqual(['phone']);
    }
  });

  test('and never give up those of their own home for those of another', () => {
    const both = home(['films', 'photos'], 'a.ini');
    const key = createKey(both.dir);
    createKey(home(['films']).dir);
    expect(inheritKeys(both).from).toBeUndefined();
    expect(keyIn(keyFolderOf(both))).toBe(key);
  });

  test('and those of a share that is added to a home with keys stay outside, and are named once', () => {
    const photos = home(['photos']);
    createKey(photos.dir);
    addKey(photos.dir, 'phone');
    createKey(home(['films'], 'a.ini').dir);
    const both = home(['films', 'photos'], 'a.ini');
    const inheritance = inheritKeys(both);
    expect(inheritance).toEqual({
      ...{ from: undefined, names: [] },
      left: [{ folder: photos.dir, names: ['default', 'phone'] }],
    });
    expect(listKeys(both.dir)).toEqual([]);
    expect(inheritanceLines(inheritance).map(({ level }) => level)).toEqual(['warn']);
    expect(inheritKeys(both).left).toEqual([]);
  });

  test('of two folders that had keys, a new home has those of the first alone', () => {
    for (const [share, name] of [
      ['films', 'phone'],
      ['photos', 'tv'],
    ] as const) {
      createKey(home([share]).dir);
      addKey(home([share]).dir, name);
    }
    const both = home(['films', 'photos'], 'a.ini');
    expect(inheritKeys(both)).toEqual({
      ...{ from: home(['films']).dir, names: ['phone'] },
      left: [{ folder: home(['photos']).dir, names: ['default', 'tv'] }],
    });
    expect(listKeys(both.dir).map(({ name }) => name)).toEqual(['phone']);
  });
});

describe('a key that was removed stays removed', () => {
  /** As a start does it. */
  function served(one: Home): Home {
    inheritKeys(one);
    if (!existsSync(keyFileIn(one.dir))) createKey(one.dir);
    renewCopies(one);
    return one;
  }
  const namesIn = (one: Home): readonly string[] => [...readKeys(served(one).dir).keys.keys()];

  test('when the folder it came from is served alone again, and in the home when that is served again', () => {
    addKey(served(home(['films'])).dir, 'phone');
    addKey(home(['films']).dir, 'tv');
    expect(namesIn(home(['films', 'photos'], 'a.ini'))).toEqual(['phone', 'tv']);
    removeKey(home(['films', 'photos'], 'a.ini').dir, 'phone');
    expect(namesIn(home(['films']))).toEqual(['tv']);
    removeKey(home(['films']).dir, 'tv');
    // That home got its keys from here.
    expect(namesIn(home(['films', 'photos'], 'a.ini'))).toEqual([]);
  });

  test('when the last one goes, and when the home of another INI has it too', () => {
    addKey(served(home(['films'])).dir, 'phone');
    const homes = ['a.ini', 'b.ini'].map((ini) => served(home(['films'], ini)));
    const [first, second] = homes;
    if (first === undefined || second === undefined) throw new Error('no homes');
    expect(homes.map(namesIn)).toEqual([['phone'], ['phone']]);
    removeKey(first.dir, 'phone');
    expect(homes.map(namesIn)).toEqual([[], []]);
    expect(() => removeKey(second.dir, 'phone')).toThrow(expect.objectContaining({ code: 'NO_SUCH_KEY' }));
    const text = addKey(second.dir, 'phone');
    expect(namesIn(second)).toEqual(['phone']);
    expect(text).toHaveLength(43);
  });

  test('and a default key whose file is deleted is another one from then on, time after time', () => {
    const old = keyIn(served(home(['films'])).dir);
    const both = served(home(['films', 'photos'], 'a.ini'));
    expect(keyIn(both.dir)).toBe(old);
    const keys = new Set([old]);
    for (let round = 0; round < 2; round += 1) {
      rmSync(keyFileIn(both.dir));
      expect(keyFolderOf(both)).toBe(both.dir);
      const key = keyIn(served(both).dir);
      expect(keys).not.toContain(key);
      keys.add(key);
      expect(keyIn(served(home(['films'])).dir)).toBe(key);
      served(both);
    }
  });

  test('a home that was cut off while it took keys over goes on with it', () => {
    addKey(served(home(['films'])).dir, 'phone');
    const both = home(['films', 'photos'], 'a.ini');
    createKey(both.dir);
    writeFileSync(keyFileIn(both.dir), readFileSync(keyFileIn(home(['films']).dir)));
    expect(inheritKeys(both)).toMatchObject({ from: home(['films']).dir, names: ['phone'] });
  });
});
