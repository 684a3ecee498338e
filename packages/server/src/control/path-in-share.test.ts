import { expect, test } from 'vitest';
import { pathInShare } from './path-in-share.ts';

const all = { name: '', monitorDir: '/srv' };
const films = { name: 'films', monitorDir: '/srv/films' };
const photos = { name: '照片', monitorDir: '/mnt/photos' };

test('a whole path is in the innermost share that holds it', () => {
  const shares = [all, films, photos];
  expect(pathInShare(shares, '/srv/films/a/', undefined)).toEqual({
    share: films,
    path: 'a',
    isFolder: true,
  });
  expect(pathInShare(shares, '/srv/music', undefined)).toEqual({
    share: all,
    path: 'music',
    isFolder: false,
  });
  expect(pathInShare(shares, '/srv/films/a', '')).toEqual({ share: all, path: 'films/a', isFolder: false });
});

test('another path is in the share that is named, or in the only one', () => {
  expect(pathInShare([films, photos], 'a', '照片').share).toBe(photos);
  expect(pathInShare([films], 'a', undefined).share).toBe(films);
  expect(() => pathInShare([films, photos], 'a', undefined)).toThrow('may be in more than one share');
});

test('what is in no share, and a share that there is not, is told', () => {
  expect(() => pathInShare([films, photos], '/etc', undefined)).toThrow(
    '/etc is not in /srv/films, /mnt/photos.',
  );
  expect(() => pathInShare([films, photos], 'a', 'Films')).toThrow('There is no share "Films".');
});
