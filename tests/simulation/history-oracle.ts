/** What a client's history tells, held against what the client did. */
import type { HistoryLog } from '../../packages/client/src/history/history-log.ts';
import type { HistoryRow } from '../../packages/client/src/history/history-row.ts';

export class HistoryOracle {
  /** Everything that a client of this target worked on, in whichever life. */
  readonly #worked = new Set<string>();

  working(path: string): void {
    this.#worked.add(path);
  }

  /** Rows that tell of something done to a path that was never worked on. */
  findInvented(history: HistoryLog): string[] {
    // What is kept is told because nothing was done.
    const isDone = ({ code, operation }: HistoryRow): boolean => code === '' && operation !== 'kept';
    const rows = [...history.newestFirst()].flat().filter(isDone);
    return rows.flatMap(({ operation, path, from }) => {
      const isInvented = !this.#worked.has(path) || (from !== '' && !this.#worked.has(from));
      return isInvented ? [`${operation} ${from === '' ? '' : `${from} -> `}${path}`] : [];
    });
  }
}
