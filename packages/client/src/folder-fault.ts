/** What a start refuses of the folders that one mirror names, as far as the settings alone tell. Makes nothing. */
import {
  type Configuration,
  faultIn,
  findStateDir,
  type StateDirInput,
  UserError,
} from '@lanmirror/engine/host';
import { refuseDangerous, refuseNested } from './mirror/prepare-target.ts';

/** With the place in the INI where the target is named. */
export function folderFaults(
  { text, get }: Pick<Configuration, 'text' | 'get'>,
  env: StateDirInput['env'],
): UserError[] {
  const targetDir = text('TargetDir');
  if (targetDir === '') return [];
  const others = [
    ['TrashDir', text('TrashDir')],
    ['Source', text('Source')],
    ['the state folder', text('StateDir') === '' ? '' : stateDirOf(targetDir, text('StateDir'), env)],
  ] as const;
  const faults = [
    ...faultIn(() => refuseDangerous(targetDir)),
    ...others.flatMap(([what, dir]) => (dir === '' ? [] : faultIn(() => refuseNested(targetDir, dir, what)))),
  ];
  const { source } = get('TargetDir');
  return faults.map(
    ({ code, message, nextStep, exitCode }) =>
      new UserError(code, `${source}: ${message}`, nextStep, exitCode),
  );
}

function stateDirOf(root: string, given: string, env: StateDirInput['env']): string {
  return findStateDir({ program: 'client', root, given, env });
}
