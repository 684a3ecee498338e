import { adviceFor } from '@lanmirror/engine/core';
import { rememberConfig } from '@lanmirror/engine/host';
import { expect, test } from 'vitest';
import { differenceLines } from '../control/difference-text.ts';
import { asTyped, lineFor, lineWith } from './job-line.ts';

test('a next step names the job as one word of a shell, and none where there is only one mirror', () => {
  expect(lineFor('', 'accept')).toBe('lanmirror-client accept');
  expect(lineFor('films', 'accept')).toBe('lanmirror-client accept --job films');
  expect(lineFor("Joe's", 'accept --yes')).toBe("lanmirror-client accept --yes --job 'Joe'\\''s'");
  expect(lineWith('resume', 'My films')).toBe("lanmirror-client resume 'My films'");
  expect(lineWith('sync --dry-run', '')).toBe('lanmirror-client sync --dry-run');
});

test('a next step names the INI that this run was given', () => {
  rememberConfig('j.ini', '/srv');
  expect(lineFor('films', 'accept')).toBe("lanmirror-client accept --config '/srv/j.ini' --job films");
  expect(lineWith('resume', 'films')).toBe("lanmirror-client resume films --config '/srv/j.ini'");
  expect(asTyped('', adviceFor('NO_SPACE').cure)).toContain(
    "trash prune --config '/srv/j.ini' --older-than 0s",
  );
  rememberConfig(undefined, '/srv');
});

test('advice with a command that needs a job where there are several names it', () => {
  const { cure } = adviceFor('NO_SPACE');
  expect(asTyped('films', cure)).toMatch(
    /can go: "lanmirror-client trash prune --job films --older-than 0s" /,
  );
  expect(asTyped('', cure)).toBe(cure);
  expect(differenceLines(['a'], true, 'My films')[0]).toContain(
    `"lanmirror-client verify --repair --job 'My films'"`,
  );
});
