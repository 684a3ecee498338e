import { expect, test } from 'vitest';
import { lineFor, lineWith } from './job-line.ts';

test('a next step names the job as one word of a shell, and none where there is only one mirror', () => {
  expect(lineFor('', 'accept')).toBe('lanmirror-client accept');
  expect(lineFor('films', 'accept')).toBe('lanmirror-client accept --job films');
  expect(lineFor("Joe's", 'accept --yes')).toBe("lanmirror-client accept --yes --job 'Joe'\\''s'");
  expect(lineWith('resume', 'My films')).toBe("lanmirror-client resume 'My films'");
});
