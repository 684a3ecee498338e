/** How a pass ended, in one line. Pure. */
import { displayName, typedCommand } from '@lanmirror/engine/host';
import { partText, syncText } from '../mirror/sync-text.ts';
import type { PassVerdict } from './asked-pass.ts';

/** `where`: what names the paths that are too many for a line. */
export function passText(verdict: PassVerdict, where: string): string {
  const { halt, isHeld, only, isDifferent, beside, afterHalt = '' } = verdict;
  if (halt !== '')
    return `HALTED: ${displayName(afterHalt === '' ? halt : halt.replace(/\.?$/, '.'))}${afterHalt}`;
  if (isHeld) return `HELD: deletions wait for you; see "${typedCommand('lanmirror-client status')}".`;
  if (only !== undefined) return partText(only.text, only.count, verdict, where);
  if (isDifferent)
    return `All is applied, and the fingerprint differs from that of the source: "${typedCommand('lanmirror-client status')}".`;
  return syncText(`in sync${beside}`, verdict, where);
}
