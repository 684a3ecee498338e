import { expect, test } from 'vitest';
import { findSourcePaths } from './source-path.ts';

const FOLDERS = ['.lanmirror/trash', '/elsewhere/trash'];
const item = (path: string) => ({ at: `2026-11-21/${path}`, path });

test('what went under another name is known by that of the source, wherever the trash is', () => {
  for (const folder of FOLDERS) {
    const rows = [
      { trash: `${folder}/2026-11-21/a\uf03ab`, path: 'a:b' },
      { trash: `${folder}/2026-11-21/plain`, path: 'plain' },
    ];
    const found = findSourcePaths([item('a\uf03ab'), item('plain')], rows, FOLDERS);
    expect([...found]).toEqual([['2026-11-21/a\uf03ab', 'a:b']]);
  }
});

test('what went with its folder is known by the name that had; what nobody remembers keeps its own', () => {
  const rows = [{ trash: '.lanmirror/trash/2026-11-21/Films~case-0123456789abcdef', path: 'FILMS' }];
  const items = [item('Films~case-0123456789abcdef/new/a'), item('other~long-0123456789abcdef')];
  expect([...findSourcePaths(items, rows, FOLDERS)]).toEqual([
    ['2026-11-21/Films~case-0123456789abcdef/new/a', 'FILMS/new/a'],
  ]);
  expect(findSourcePaths(items, [{ trash: '', path: 'FILMS' }], FOLDERS).size).toBe(0);
});
