/** What can be typed after `lanmirror-client`. */

const ADOPT = {
  type: 'boolean',
  help: 'take over a target that is not empty; extras go to the trash',
} as const;
const JSON_FLAG = { type: 'boolean', help: 'for programs: one line of JSON' } as const;
const JOB = { type: 'string', help: 'the job that is meant, where there are several' } as const;
export const VERBS = [
  { name: 'start', help: 'mirror until stopped (the default)', flags: { adopt: ADOPT } },
  {
    name: 'join',
    help: 'make DIR a mirror of that server, and start',
    words: ['HOST[:PORT]', 'DIR'],
    flags: { yes: { type: 'boolean', help: 'take over DIR although it is not empty, without a question' } },
  },
  {
    name: 'sync',
    isForOne: true,
    help: 'one pass, then exit; without a JOB all that are active',
    words: ['[JOB...]'],
    flags: {
      adopt: ADOPT,
      'dry-run': { type: 'boolean', help: 'only say what would be done' },
      only: { type: 'string', help: 'deal with the paths that match this pattern, like films/**' },
    },
  },
  { name: 'status', help: 'how the running client is', words: ['[JOB...]'], flags: { json: JSON_FLAG } },
  {
    name: 'wait',
    help: 'until all that has happened at the source is here',
    flags: { job: JOB, json: JSON_FLAG },
  },
  {
    name: 'accept',
    help: 'agree to the deletions that are held',
    flags: { job: JOB, yes: { type: 'boolean', help: 'without a question' } },
  },
  {
    name: 'verify',
    help: 'compare every content here with what the server sent',
    words: ['[PATTERN]'],
    flags: { repair: { type: 'boolean', help: 'put right what is wrong' }, job: JOB, json: JSON_FLAG },
  },
  {
    name: 'explain',
    help: 'which rule decides whether PATH is mirrored here',
    words: ['PATH'],
    flags: { job: JOB, json: JSON_FLAG },
  },
  {
    name: 'excluded',
    help: 'what is here although the rules leave it out; "remove" moves it to the trash',
    words: ['[remove]', '[PATTERN]'],
    flags: { yes: { type: 'boolean', help: 'without a question' }, job: JOB, json: JSON_FLAG },
  },
  {
    name: 'cleaned',
    help: 'what went from the source because it is here; "forget" ends that for what is gone from here',
    words: ['[forget]', '[PATTERN]'],
    flags: { yes: { type: 'boolean', help: 'without a question' }, job: JOB, json: JSON_FLAG },
  },
  {
    name: 'history',
    help: 'what happened to the paths here, the newest last',
    words: ['[PATTERN]'],
    flags: {
      since: { type: 'string', help: 'only what happened since then, like 10m, 2h, 7d' },
      limit: { type: 'string', help: 'at most so many lines, the newest (default: 1000)' },
      job: JOB,
      json: JSON_FLAG,
    },
  },
  { name: 'reload', help: 'let the running client read its INI again', flags: { json: JSON_FLAG } },
  { name: 'stop', help: 'end the running client, or one of its jobs', words: ['[JOB]'], flags: {} },
  {
    name: 'add',
    isForOne: true,
    help: 'let the running client read its INI again, and run that job',
    words: ['JOB'],
    flags: {},
  },
  {
    name: 'pause',
    help: 'do nothing for a job until it is resumed, over restarts too',
    words: ['JOB'],
    flags: {},
  },
  { name: 'resume', help: 'let a paused job go on', words: ['JOB'], flags: {} },
  {
    name: 'config',
    help: 'check: what is wrong in the INI. show: what is in effect, and why',
    words: ['check|show'],
    flags: { json: JSON_FLAG },
  },
  {
    name: 'trash',
    help: 'list, restore or prune what was deleted or replaced here',
    words: ['list|restore|prune', '[PATTERN]'],
    flags: {
      job: JOB,
      json: JSON_FLAG,
      since: { type: 'string', help: 'only what went to the trash since then, like 10m, 2h, 7d' },
      to: { type: 'string', help: 'folder to restore to (default: ./restored)' },
      limit: { type: 'string', help: 'with list: at most so many lines, the newest (default: 1000)' },
      'older-than': { type: 'string', help: 'prune what is older than this, like 7d (default: TrashDays)' },
      yes: { type: 'boolean', help: 'with prune: delete for good without a question' },
    },
  },
  {
    name: 'undo',
    help: 'copy out what was deleted or replaced since then, as it was before',
    words: ['[PATTERN]'],
    flags: {
      job: JOB,
      since: { type: 'string', help: 'how far back, like 10m' },
      to: { type: 'string', help: 'folder to restore to (default: ./restored)' },
    },
  },
] as const;
