/** What a start refuses of the folders that one mirror names, as far as the settings alone tell. Makes nothing. */
import {
  type Configuration,
  faultIn,
  findStateDir,
  type StateDirInput,
  stateDirFor,
  UserError,
} from '@lanmirror/engine/host';
import { refuseDangerous, refuseHeldBySource, refuseNested } from './mirror/prepare-target.ts';
import { placeOfSource, sourceDirOf } from './source/source-folder.ts';

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
  return [...placed(faults, get('TargetDir').source), ...faultsInSource({ text, get }, env)];
}

/** With the place where the folder is named that lies in the source; of a default that is the source itself. */
function faultsInSource(
  { text, get }: Pick<Configuration, 'text' | 'get'>,
  env: StateDirInput['env'],
): UserError[] {
  const sourceDir = sourceDirOf({ text });
  if (sourceDir === '') return [];
  const targetDir = text('TargetDir');
  const stateDir = stateDirFor({ program: 'client', root: targetDir, given: text('StateDir'), env });
  const own = [
    ['StateDir', stateDir],
    ['TrashDir', text('TrashDir')],
  ] as const;
  return own.flatMap(([key, dir]) => {
    if (dir === '') return [];
    const { source } = get(text(key) === '' ? 'Source' : key);
    return placed(
      faultIn(() => refuseHeldBySource([dir], placeOfSource(sourceDir))),
      source,
    );
  });
}

function placed(faults: readonly UserError[], source: string): UserError[] {
  return faults.map(
    ({ code, message, nextStep, exitCode }) =>
      new UserError(code, `${source}: ${message}`, nextStep, exitCode),
  );
}

function stateDirOf(root: string, given: string, env: StateDirInput['env']): string {
  return findStateDir({ program: 'client', root, given, env });
}
