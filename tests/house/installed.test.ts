import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

type Packages = Record<string, Record<string, unknown>>;

const { isInstalled, isInstalledAs } = (await import(
  new URL('../../scripts/installed.mjs', import.meta.url).href
)) as {
  isInstalled(root: string): boolean;
  isInstalledAs(locked: Packages, installed: Packages): boolean;
};

const TOOL = { version: '1.0.0', integrity: 'sha512-tool', dependencies: { part: '2.0.0', piece: '3.0.0' } };
const LOCKED: Packages = {
  '': { name: 'project' },
  'node_modules/tool': TOOL,
  'node_modules/part': { version: '2.0.0', integrity: 'sha512-part' },
  'node_modules/elsewhere': { version: '2.0.0', integrity: 'sha512-elsewhere', optional: true },
  'node_modules/ours': { resolved: 'packages/ours', link: true },
};
const { '': _project, 'node_modules/elsewhere': _elsewhere, ...INSTALLED } = LOCKED;

describe('what is installed is what the lock file asks for', () => {
  test('with or without optional packages, in whatever order dependencies are written', () => {
    expect(isInstalledAs(LOCKED, INSTALLED)).toBe(true);
    expect(isInstalledAs(LOCKED, { ...LOCKED })).toBe(true);
    const turned = { ...TOOL, dependencies: { piece: '3.0.0', part: '2.0.0' } };
    expect(isInstalledAs(LOCKED, { ...INSTALLED, 'node_modules/tool': turned })).toBe(true);
  });

  test.each([
    ['version', '1.0.1'],
    ['integrity', 'sha512-other'],
    ['dependencies', { part: '2.0.0' }],
    ['optionalDependencies', { elsewhere: '2.0.0' }],
  ])('unless the %s of a package differs', (fact, value) => {
    const other = { ...INSTALLED, 'node_modules/tool': { ...TOOL, [fact]: value } };
    expect(isInstalledAs(LOCKED, other)).toBe(false);
  });

  test('unless a package is missing, or is not needed any more', () => {
    const { 'node_modules/part': _part, ...fewer } = INSTALLED;
    expect(isInstalledAs(LOCKED, fewer)).toBe(false);
    expect(isInstalledAs(LOCKED, { ...INSTALLED, 'node_modules/more': { version: '1.0.0' } })).toBe(false);
  });
});

describe('before something is run', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'lanmirror-installed-'));
    mkdirSync(join(root, 'node_modules'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const write = (name: string, packages: Packages, seconds: number): void => {
    writeFileSync(join(root, name), JSON.stringify({ packages }));
    utimesSync(join(root, name), seconds, seconds);
  };

  test('nothing is installed anew when the lock file was only touched', () => {
    write('node_modules/.package-lock.json', INSTALLED, 1000);
    write('package-lock.json', LOCKED, 2000);
    expect(isInstalled(root)).toBe(true);
  });

  test('packages are installed when the lock file asks for others since, or none are there', () => {
    write('package-lock.json', { ...LOCKED, 'node_modules/tool': { ...TOOL, version: '1.1.0' } }, 2000);
    expect(isInstalled(root)).toBe(false);
    write('node_modules/.package-lock.json', INSTALLED, 1000);
    expect(isInstalled(root)).toBe(false);
  });
});
