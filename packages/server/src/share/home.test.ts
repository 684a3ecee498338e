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
import { inheritKeys, keyFolderOf, recordHome, renewCopies } from '../key/inherited-key.ts';
import { addKey, listKeys, readKeys, removeKey } from '../key/named-key.ts';
import { findHome, type Home, openHome, openShareState } from './home.ts';

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

/** What the start of a server does for keys; returns what it says of strange ones. */
function serve(names: readonly string[], ini = ''): string[] {
  const one = home(names, ini);
  inheritKeys(one);
  return names.map((name, at) => {
    const stateDir = one.stateDirs[at] ?? '';
    openShareState(join(dir, name), stateDir);
    return recordHome(one, stateDir);
  });
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

  test('a state folder that cannot be had is no fault of the home, and none of the other shares', () => {
    const given = join(dir, 'given');
    mkdirSync(given);
    writeFileSync(join(given, 'shares'), 'in the way');
    const both = home(['films', 'photos'], 'a.ini', given);
    expect(home(['films', 'photos'], 'a.ini', given, findHome)).toEqual(both);
    expect(() => openShareState(join(dir, 'films'), both.stateDirs[0] ?? '')).toThrow(
      expect.objectContaining({ code: 'STATE_DIR' }),
    );
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
    expect(serve(['photos', 'films'], 'a.ini')).toEqual(['', '']);
  });

  test('when the share that brought them goes, the INI moves, or one folder is left, with those that have names', () => {
    const key = createKey(home(['films']).dir);
    serve(['films', 'photos'], 'a.ini');
    addKey(home(['films', 'photos'], 'a.ini').dir, 'phone');
    expect(keyIn(keyFolderOf(home(['photos'], 'b.ini')))).toBe(key);
    serve(['photos'], 'b.ini');
    serve(['photos']);
    for (const one of [home(['photos'], 'b.ini'), home(['photos'])]) {
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
    createKey(home(['photos']).dir);
    addKey(home(['photos']).dir, 'phone');
    createKey(home(['films'], 'a.ini').dir);
    expect(serve(['films', 'photos'], 'a.ini')).toEqual([
      '',
      expect.stringMatching(
        /^The keys of .*photos-.* do not open this server: default, phone\. .*key add NAME/,
      ),
    ]);
    expect(listKeys(home(['films'], 'a.ini').dir)).toEqual([]);
    expect(serve(['films', 'photos'], 'a.ini')).toEqual(['', '']);
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
    expect(inheritKeys(both)).toEqual({ from: home(['films']).dir, names: ['phone'] });
    expect(serve(['films', 'photos'], 'a.ini')).toEqual(['', expect.stringMatching(/: default, tv\./)]);
    expect(listKeys(both.dir).map(({ name }) => name)).toEqual(['phone']);
  });
});

describe('a key that was removed stays removed', () => {
  /** As a start does it. */
  function served(names: readonly string[], ini = ''): Home {
    serve(names, ini);
    const one = home(names, ini);
    if (!existsSync(keyFileIn(one.dir))) createKey(one.dir);
    renewCopies(one);
    return one;
  }
  const keysOf = (names: readonly string[], ini = ''): readonly string[] => [
    ...readKeys(served(names, ini).dir).keys.keys(),
  ];

  test('when the folder it came from is served alone again, and in the home when that is served again', () => {
    addKey(served(['films']).dir, 'phone');
    addKey(served(['films']).dir, 'tv');
    expect(keysOf(['films', 'photos'], 'a.ini')).toEqual(['phone', 'tv']);
    removeKey(home(['films', 'photos'], 'a.ini').dir, 'phone');
    expect(keysOf(['films'])).toEqual(['tv']);
    removeKey(home(['films']).dir, 'tv');
    // That home got its keys from here.
    expect(keysOf(['films', 'photos'], 'a.ini')).toEqual([]);
  });

  test('when the last one goes, and when the home of another INI has it too', () => {
    addKey(served(['films']).dir, 'phone');
    const [first, second] = [served(['films'], 'a.ini'), served(['films'], 'b.ini')];
    const both = (): (readonly string[])[] => ['a.ini', 'b.ini'].map((ini) => keysOf(['films'], ini));
    expect(both()).toEqual([['phone'], ['phone']]);
    removeKey(first.dir, 'phone');
    expect(both()).toEqual([[], []]);
    expect(() => removeKey(second.dir, 'phone')).toThrow(expect.objectContaining({ code: 'NO_SUCH_KEY' }));
    addKey(second.dir, 'phone');
    expect(both()).toEqual([[], ['phone']]);
  });

  test('and a default key whose file is deleted is another one from then on, time after time', () => {
    const keys = new Set([keyIn(served(['films']).dir)]);
    const both = served(['films', 'photos'], 'a.ini');
    expect(keys).toContain(keyIn(both.dir));
    for (let round = 0; round < 2; round += 1) {
      rmSync(keyFileIn(both.dir));
      expect(keyFolderOf(both)).toBe(both.dir);
      const key = keyIn(served(['films', 'photos'], 'a.ini').dir);
      expect(keys).not.toContain(key);
      keys.add(key);
      expect(keyIn(served(['films']).dir)).toBe(key);
      served(['films', 'photos'], 'a.ini');
    }
  });

  test('a home that was cut off while it took keys over goes on with it', () => {
    addKey(served(['films']).dir, 'phone');
    const both = home(['films', 'photos'], 'a.ini');
    writeFileSync(keyFileIn(both.dir), readFileSync(keyFileIn(home(['films']).dir)));
    expect(inheritKeys(both)).toEqual({ from: home(['films']).dir, names: ['phone'] });
  });
});
