/** Shows and puts away what the rules leave out by the state of a target, while no client runs on it. */
import { displayName, EXIT, UserError } from '@lanmirror/engine/host';
import { openLocalTarget } from '@lanmirror/engine/tree';
import { systemClock } from '@lanmirror/engine/wire';
import { openRecord } from '../clean/open-record.ts';
import { deleteRuleOf } from '../control/attend.ts';
import { ownRulesOf } from '../control/own-rules-of.ts';
import { lineWith } from '../job/job-line.ts';
import { readMarker } from '../mirror/marker.ts';
import { lockTarget } from '../mirror/prepare-target.ts';
import type { MirrorState } from '../state/mirror-state.ts';
import { makeTrashDir, trashFolder } from '../trash/trash-folder.ts';
import type { ExcludedAsking, Keeper } from './excluded-command.ts';
import { ExcludedDesk } from './excluded-desk.ts';

/**
 * Gives `work` a keeper that goes by this state.
 * @throws UserError for a removal in a dry run, which writes nothing whoever asks, and for rules that were never in
 * effect: they decide about nothing
 */
export async function withStateKeeper<T>(
  asking: ExcludedAsking,
  state: MirrorState,
  isRemoval: boolean,
  work: (keeper: Keeper) => Promise<T>,
): Promise<T> {
  const { configuration, targetDir, stateDir, trashDir } = asking;
  const ownRules = ownRulesOf(configuration);
  if (state.ownRules.isOther(ownRules)) throw rulesNotTaken(asking);
  if (isRemoval && asking.name !== '' && configuration.text('DryRun') === 'yes') throw dryRun(asking);
  if (isRemoval && trashDir !== '') makeTrashDir(trashDir);
  const tree = openLocalTarget(
    targetDir,
    trashDir === '' ? {} : { trashDir: trashFolder(targetDir, trashDir) },
  );
  const locks = isRemoval ? [lockTarget(targetDir, stateDir)] : [];
  try {
    state.transact(() => {
      state.history.keepFor(configuration.number('HistoryDays'));
      state.ownRules.takeOrigins(ownRules);
    });
    const desk = new ExcludedDesk({
      ...{ tree, state, clock: systemClock, isConnected: () => false, moved: () => undefined },
      cleaned: openRecord({ targetDir, tree, state, sourceDir: '', isReadOnly: !isRemoval }),
      deleteRule: () => deleteRuleOf(configuration),
      inTurn: async (step) => {
        // The answer may have taken a while.
        if ((await readMarker(targetDir)) === state.meta.targetId) await step();
      },
    });
    return await work({
      show: (pattern, tell) => desk.show(pattern, async (node) => tell(node)),
      remove: (token, tell) => desk.remove(token, async (removal) => tell(removal)),
    });
  } finally {
    tree.release();
    for (const lock of locks) lock.release();
  }
}

function rulesNotTaken({ name }: ExcludedAsking): UserError {
  return new UserError(
    'RULES_NOT_TAKEN',
    'The settings have other rules for this mirror than those by which it was done last.',
    `Run "${name === '' ? 'lanmirror-client sync' : lineWith('sync', name)}" first, or start it: then they count.`,
    EXIT.held,
  );
}

function dryRun({ name }: ExcludedAsking): UserError {
  return new UserError(
    'DRY_RUN',
    `The job "${displayName(name)}" has DryRun = yes: nothing is written for it.`,
    'Take that line away first.',
    EXIT.held,
  );
}
