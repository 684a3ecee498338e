/**
 * Who may import whom, read from the sources themselves. The linter holds the same arrows while one
 * types; this holds them when its rules are edited.
 */
import { dirname, posix } from 'node:path';
import { expect, test } from 'vitest';
import { projectFiles, textOf } from './project-file.ts';

interface Room {
  /** Rooms of ours that it may import, itself apart. */
  readonly rooms: readonly string[];
  /** Packages of others. */
  readonly packages: readonly string[];
  /** Whether it may import what is built into Node. */
  readonly isNodeAllowed: boolean;
}

const ENGINE = ['engine/core', 'engine/tree', 'engine/store', 'engine/host', 'engine/wire', 'engine/source'];

const ROOMS: Readonly<Record<string, Room>> = {
  protocol: { rooms: [], packages: ['msgpackr'], isNodeAllowed: false },
  'engine/core': { rooms: ['protocol'], packages: [], isNodeAllowed: false },
  'engine/tree': {
    rooms: ['protocol', 'engine/core'],
    packages: ['@napi-rs/blake-hash', 'chokidar', 'hash-wasm'],
    isNodeAllowed: true,
  },
  'engine/store': { rooms: [], packages: ['lmdb', 'msgpackr'], isNodeAllowed: true },
  'engine/host': {
    rooms: [],
    packages: ['chokidar', 'cli-progress', 'croner', 'fast-glob', 'ini', 'micromatch', 'yargs'],
    isNodeAllowed: true,
  },
  'engine/wire': { rooms: ['protocol', 'engine/core'], packages: ['ws'], isNodeAllowed: true },
  'engine/source': {
    rooms: ['protocol', 'engine/core', 'engine/tree', 'engine/store', 'engine/host', 'engine/wire'],
    packages: [],
    isNodeAllowed: true,
  },
  server: { rooms: ['protocol', ...ENGINE], packages: ['ws'], isNodeAllowed: true },
  client: { rooms: ['protocol', ...ENGINE], packages: ['p-limit', 'ws'], isNodeAllowed: true },
};

/** Sources of the product: tests and conformance suites may look behind the scenes. */
const sources = projectFiles('packages').filter(
  (path) => /^packages\/\w+\/src\/.+\.ts$/.test(path) && !/\.(?:test|suite)\.ts$/.test(path),
);

/** The room of a path below packages/, undefined for a path in none of them. */
function roomOf(path: string): string | undefined {
  const [, name = '', , folder = ''] = path.split('/');
  const room = name === 'engine' ? `engine/${folder}` : name;
  return room in ROOMS ? room : undefined;
}

/** What a source imports, types and lazy imports included. */
function importsOf(text: string): string[] {
  const code = text.replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
  const pattern = /(?<![\w-])(?:from|import)\s*\(?\s*'([^']+)'/g;
  return [...code.matchAll(pattern)].map(([, specifier = '']) => specifier);
}

/** What is wrong with one import, '' when nothing is. */
function faultOf(path: string, specifier: string): string {
  const own = roomOf(path);
  const room = own === undefined ? undefined : ROOMS[own];
  if (own === undefined || room === undefined) return 'a source in no room';
  if (specifier.startsWith('node:')) return room.isNodeAllowed ? '' : `${own} imports nothing of Node`;
  const other = targetOf(path, specifier);
  if (other === own) return '';
  if (other === undefined) {
    return room.packages.includes(packageOf(specifier)) ? '' : `${own} does not use the package ${specifier}`;
  }
  if (!room.rooms.includes(other)) return `${own} does not import ${other}`;
  const isEntry = !specifier.startsWith('.') || specifier.endsWith('/index.ts');
  return isEntry ? '' : `${other} is entered by its index only`;
}

/** The room that an import leads to; undefined for a package of others. */
function targetOf(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    return roomOf(posix.join(dirname(path), specifier)) ?? 'outside of every room';
  }
  return /^@lanmirror\/(.+)$/.exec(specifier)?.[1];
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

test('imports are found in every form that the sources use', () => {
  const text = `import { a } from 'a';\nexport * from './b.ts';\nimport 'c';\nawait import('d');\nlet x: import('e').E;\n// from 'no'\nlet f = 'x-from', g = 'no';`;
  expect(importsOf(text)).toEqual(['a', './b.ts', 'c', 'd', 'e']);
});

test.each([
  ['packages/protocol/src/x.ts', 'node:fs', 'protocol imports nothing of Node'],
  ['packages/protocol/src/x.ts', '@lanmirror/engine/core', 'protocol does not import engine/core'],
  ['packages/engine/src/core/x.ts', '../tree/index.ts', 'engine/core does not import engine/tree'],
  ['packages/engine/src/tree/local/x.ts', '../../core/index.ts', ''],
  ['packages/engine/src/tree/local/x.ts', '../../core/settle.ts', 'engine/core is entered by its index only'],
  ['packages/engine/src/tree/x.ts', '../host/index.ts', 'engine/tree does not import engine/host'],
  ['packages/server/src/a/x.ts', '@lanmirror/client', 'server does not import client'],
  ['packages/server/src/a/x.ts', '../../../client/src/client.ts', 'server does not import client'],
  ['packages/client/src/x.ts', '@lanmirror/server', 'client does not import server'],
  ['packages/client/src/x.ts', 'lmdb', 'client does not use the package lmdb'],
])('a forbidden import is recognised: %s of %s', (path, specifier, fault) => {
  expect(faultOf(path, specifier)).toBe(fault);
});

test.each(Object.keys(ROOMS))('%s imports only what its place in the house allows', (name) => {
  const own = sources.filter((path) => roomOf(path) === name);
  expect(own.length).toBeGreaterThan(0);
  const faults = own.flatMap((path) =>
    importsOf(textOf(path)).flatMap((specifier) => {
      const fault = faultOf(path, specifier);
      return fault === '' ? [] : [`${path}: ${fault}`];
    }),
  );
  expect(faults).toEqual([]);
});

test('every source belongs to a room', () => {
  expect(sources.filter((path) => roomOf(path) === undefined)).toEqual([]);
});
