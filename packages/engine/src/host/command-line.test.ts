import { afterEach, describe, expect, test, vi } from 'vitest';
import { CLIENT_SETTINGS } from './client-settings.ts';
import { helpText } from './command-help.ts';
import { type CommandLineShape, parseCommandLine } from './command-line.ts';
import { UserError } from './user-error.ts';

const ADOPT = { type: 'boolean', help: 'take over a target that is not empty' } as const;
const SHAPE: CommandLineShape = {
  program: 'lanmirror-client',
  version: '1.2.3',
  verbs: [
    { name: 'start', help: 'mirror until stopped (the default)', flags: { adopt: ADOPT } },
    {
      name: 'sync',
      help: 'one pass, then exit',
      isForOne: true,
      flags: { adopt: ADOPT, only: { type: 'string', help: 'only these paths' } },
    },
    { name: 'key', help: 'print the key', flags: {} },
    { name: 'join', help: 'become a mirror', words: ['HOST', 'DIR'], flags: {} },
    { name: 'verify', help: 'compare', words: ['[PATTERN]'], flags: {} },
    { name: 'status', help: 'how it is', words: ['[JOB...]'], flags: {} },
  ],
  settings: CLIENT_SETTINGS,
};

afterEach(() => vi.restoreAllMocks());

async function refusal(...args: string[]): Promise<string> {
  const error = await parseCommandLine(SHAPE, args).then(
    () => new Error('it was accepted'),
    (caught: unknown) => caught,
  );
  if (!(error instanceof UserError)) throw error;
  expect([error.exitCode, error.nextStep]).toEqual([2, 'See lanmirror-client --help.']);
  return error.message;
}

async function shown(...args: string[]): Promise<string> {
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((part) => {
    text += String(part);
    return true;
  });
  const command = await parseCommandLine(SHAPE, args);
  vi.restoreAllMocks();
  expect(command).toBeUndefined();
  return text;
}

describe('what is accepted', () => {
  test.each([
    [[], 'start', {}],
    [['start'], 'start', {}],
    [['sync', '--adopt', '--only', 'films/**'], 'sync', { adopt: true, only: 'films/**' }],
    [['--adopt', 'sync'], 'sync', { adopt: true }],
    [
      ['--server-port', '08080', '--target-dir=/a=b'],
      'start',
      { 'server-port': '08080', 'target-dir': '/a=b' },
    ],
    [['--server-root', ''], 'start', { 'server-root': '' }],
    [['--name', 'true', '--max-workers', '-1'], 'start', { name: 'true', 'max-workers': '-1' }],
    [['--server-port', '1', '--server-port', '2'], 'start', { 'server-port': '2' }],
    [['--config', '/dev/null'], 'start', { config: '/dev/null' }],
  ])('%j', async (args, verb, flags) => {
    expect(await parseCommandLine(SHAPE, args)).toEqual({ verb, words: [], flags });
  });

  test.each([
    [
      ['join', 'nas:8080', '/mnt/mirror'],
      ['nas:8080', '/mnt/mirror'],
    ],
    [['verify'], []],
    [['verify', 'films/**', '--config', 'x'], ['films/**']],
    [['verify', '--', '-odd name'], ['-odd name']],
    [['verify', '007'], ['007']],
  ])('the words behind a verb are taken as they are written: %j', async (args, words) => {
    expect((await parseCommandLine(SHAPE, args))?.words).toEqual(words);
  });
});

describe('wrong use is one clear line', () => {
  test.each([
    [['bogus'], 'unknown command "bogus"; known are start, sync, key, join, verify, status.'],
    [['snyc'], 'unknown command "snyc"; did you mean "sync"?'],
    [['42'], 'unknown command "42"; known are start, sync, key, join, verify, status.'],
    [['--target-dirr', 'x'], 'unknown flag --target-dirr; did you mean --target-dir?'],
    [['--port', '1'], 'unknown flag --port; did you mean --server-port?'],
    [['--quux'], 'unknown flag --quux.'],
    [['-x'], 'unknown flag -x.'],
    [['--no-adopt'], 'unknown flag --no-adopt; did you mean --adopt?'],
    [['--__proto__', 'x'], 'unknown flag --___proto___.'],
    [['sync', 'now'], '"now" is one word too many.'],
    [['join', 'nas', '/mnt', 'x'], '"x" is one word too many.'],
    [['join', 'nas'], '"join" needs HOST and DIR.'],
    [['join', 'nas', ''], 'DIR is empty.'],
    [['verify', ''], '[PATTERN] is empty.'],
    [
      ['start', 'films'],
      '"films" is one word too many; with a name there is "lanmirror-client sync NAME" (one pass, then exit).',
    ],
    [['--adopt', 'yes'], 'unknown command "yes"; known are start, sync, key, join, verify, status.'],
    [['--server-port'], '--server-port needs a value.'],
    [['--server-port', '--adopt'], '--server-port needs a value.'],
    [['--adopt=no'], '--adopt takes no value.'],
    [['key', '--adopt'], '--adopt does not go with "key", only with "start" and "sync".'],
    [['--only', 'x'], '--only does not go with "start", only with "sync".'],
  ])('%j', async (args, message) => {
    expect(await refusal(...args)).toBe(message);
  });

  test('a secret is no flag, because others could read it', async () => {
    expect(await refusal('--key', 'secret')).toBe('unknown flag --key; did you mean --key-file?');
  });
});

describe('help and version', () => {
  test('the version is one line', async () => {
    expect(await shown('--version')).toBe('1.2.3\n');
  });

  test.each([[['--help']], [['-h']], [['help']], [['bogus', '--help']], [['help', 'bogus']]])(
    '%j shows all of it',
    async (args) => {
      const text = await shown(...args);
      expect(text).toMatch(
        /^Usage: lanmirror-client \[command\] \[flags\]\n\nCommands:\n {2}start +mirror until/,
      );
      expect(text).toMatch(/Exit codes: 0 done.*\n.*already running\.\n$/);
    },
  );

  test.each([[['sync', '--help']], [['--help', 'sync']], [['sync', '-h']], [['help', 'sync']]])(
    '%j shows what one command does, and its own flags',
    async (args) => {
      const text = await shown(...args);
      expect(text).toMatch(
        /^Usage: lanmirror-client sync \[flags\]\n\nsync: one pass, then exit\n\nFlags:\n/,
      );
      const flags = [...text.matchAll(/^ +--([a-z-]+) /gm)].map(([, name]) => name);
      expect(flags).toEqual(['adopt', 'only', 'config', 'help', 'version']);
      expect(text).toMatch(/"lanmirror-client --help" has them all, and the other commands\.\n$/);
    },
  );

  test('every command and every flag is listed once, flags in groups, and a secret not at all', async () => {
    const text = await shown('--help');
    const groups = [...text.matchAll(/^(\S.*):$/gm)].map(([, name]) => name);
    expect(groups).toEqual([
      'Commands',
      'Flags of start and sync',
      'Flags of sync',
      'Settings',
      'Other flags',
    ]);
    const flags = [...text.matchAll(/^ +--([a-z-]+) /gm)].map(([, name]) => name);
    const settings = CLIENT_SETTINGS.filter(({ isSecret }) => isSecret !== true).map(({ flag }) => flag);
    expect(flags).toEqual(['adopt', 'only', ...settings, 'config', 'help', 'version']);
    expect(text).not.toMatch(/positional|\[string\]|\[boolean\]/i);
    const commands = (text.split('\n\n')[1] ?? '').split('\n').slice(1);
    expect(commands.map((line) => line.trim().replace(/ {2,}/, ': '))).toEqual(
      SHAPE.verbs.map(({ name, words = [], help }) => `${[name, ...words].join(' ')}: ${help}`),
    );
  });

  test('a flag that means another thing for another command is listed with the help of each', async () => {
    const yes = (help: string) => ({ yes: { type: 'boolean', help } }) as const;
    const verbs = [
      { name: 'join', help: 'become a mirror', flags: yes('take it over') },
      {
        name: 'accept',
        help: 'agree',
        flags: { ...yes('without a question'), only: { type: 'string', help: 'a part' } },
      },
      { name: 'trash', help: 'what was deleted', flags: yes('delete for good') },
      { name: 'undo', help: 'copy out', flags: yes('without a question') },
    ] as const;
    const text = await helpText({ ...SHAPE, verbs, settings: [] });
    expect(text).toContain(
      [
        'Flags of join:\n  --yes  take it over\n',
        'Flags of accept and undo:\n  --yes  without a question\n',
        'Flags of trash:\n  --yes  delete for good\n',
        'Flags of accept:\n  --only  a part\n',
      ].join('\n'),
    );
  });

  test('a setting shows its INI name, range and default', async () => {
    const text = (await shown('--help')).replaceAll(/\s+/g, ' ');
    expect(text).toContain('--max-workers operations at the same time (MaxWorkers; 1-20 or auto; default 5)');
    expect(text).toContain('--target-dir folder to keep identical (TargetDir; required)');
    expect(text).toContain('like LANMIRROR_SERVER_IP');
    expect(text).toContain('the INI is ./client.ini');
  });
});

test('a verb may take any number of words, none of them empty', async () => {
  for (const words of [[], ['films'], ['films', 'My music', '电影']])
    expect(await parseCommandLine(SHAPE, ['status', ...words])).toMatchObject({ verb: 'status', words });
  expect(await refusal('status', 'films', '')).toBe('[JOB...] is empty.');
});
