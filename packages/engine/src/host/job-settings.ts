/** What only a section `[Job NAME]` says. docs/CONFIG.md explains every one; a test holds the two together. */
import { type Setting, YES_OR_NO } from './setting.ts';

export const JOB_SETTINGS: readonly Setting[] = [
  {
    key: 'Active',
    flag: 'active',
    kind: YES_OR_NO,
    default: 'yes',
    help: 'whether start runs the job',
    isOwn: true,
    isLive: true,
  },
  {
    key: 'DryRun',
    flag: 'dry-run',
    kind: YES_OR_NO,
    default: 'no',
    help: 'say what the job would do, and do nothing',
    isOwn: true,
    isLive: true,
  },
];
