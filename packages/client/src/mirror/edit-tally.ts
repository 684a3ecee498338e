/**
 * What somebody changed on the mirror and was put right: named up to a limit, counted beyond it until the round is
 * over. Decides what is said, and says nothing itself.
 */
import { displayName, type LogLine } from '@lanmirror/engine/host';

/** Of each kind so many paths are named in a round. */
const MAX_LISTED = 20;
const LOOKED_CHANGED = 'Looked changed on the mirror, and the content is right';

export class EditTally {
  /** Since the last {@link close}: files that were put right, those of which only looks had changed, additions. */
  #edited = 0;
  #looked = 0;
  #added = 0;

  /** A file looked changed only: a pass counts those, beside it there may be no end of a round to tell them at. */
  looked(path: string, isInPass: boolean): LogLine | undefined {
    if (!isInPass) return { level: 'info', text: `${LOOKED_CHANGED}: ${displayName(path)}` };
    this.#looked += 1;
    return undefined;
  }

  /** A file was replaced by what the source has. Undefined when enough of them were named. */
  edited(path: string): LogLine | undefined {
    this.#edited += 1;
    return named(
      this.#edited,
      `Changed on the mirror, put right (what was there is in the trash): ${displayName(path)}`,
    );
  }

  /** Something was put away that the source does not have. Undefined when enough of them were named. */
  added(path: string): LogLine | undefined {
    this.#added += 1;
    return named(this.#added, `Added on the mirror, put away (it is in the trash): ${displayName(path)}`);
  }

  /** The round is over. Returns what is to be said of those that were not named; the next round begins at none. */
  close(): LogLine[] {
    const [more, looked, moreAdded] = [this.#edited - MAX_LISTED, this.#looked, this.#added - MAX_LISTED];
    [this.#edited, this.#looked, this.#added] = [0, 0, 0];
    const lines: LogLine[] = [];
    if (more > 0) lines.push({ level: 'warn', text: `... and ${more} more` });
    if (moreAdded > 0) lines.push({ level: 'warn', text: `... and ${moreAdded} more that were added` });
    if (looked > 0)
      lines.push({ level: 'info', text: `${LOOKED_CHANGED}: ${looked} file${looked === 1 ? '' : 's'}` });
    return lines;
  }
}

function named(count: number, text: string): LogLine | undefined {
  return count <= MAX_LISTED ? { level: 'warn', text } : undefined;
}
