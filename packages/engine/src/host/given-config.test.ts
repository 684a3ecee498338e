import { afterEach, expect, test } from 'vitest';
import { rememberConfig, typedCommand } from './given-config.ts';

afterEach(() => rememberConfig(undefined, '/'));

test('a printed command names the INI that was given, wherever it is typed, as one word of a shell', () => {
  expect(typedCommand('lanmirror-client start')).toBe('lanmirror-client start');
  rememberConfig("Joe's j.ini", '/srv');
  expect(typedCommand('lanmirror-client start')).toBe(
    "lanmirror-client start --config '/srv/Joe'\\''s j.ini'",
  );
  rememberConfig('/dev/null', '/srv');
  expect(typedCommand('lanmirror-client start')).toBe('lanmirror-client start');
});
