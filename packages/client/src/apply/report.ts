/** What the work on the target tells whoever shows it to a person. */
export interface Report {
  created(path: string): void;
  modified(path: string): void;
  deleted(path: string): void;
  renamed(from: string, to: string): void;
  /**
   * What somebody wrote at this path of the mirror is put right. `isContentRight`: it only looked so (another time,
   * another disk), and nothing of it went to the trash.
   */
  edited(path: string, isContentRight: boolean): void;
  /** What somebody added here on the mirror was in the way of what the source has, and is in the trash now. */
  added(path: string): void;
  /** What stood here in nobody's way, and the source does not have, is in the trash now; of a folder its top. */
  extra(path: string): void;
  /** What the source has no more stays here, and why; of a folder its top. */
  kept(path: string, why: string): void;
  /** Bytes of a file over 1 MiB as they arrive. */
  copying(path: string, doneBytes: number, totalBytes: number): void;
  /** An operation on this entry is over: nothing more is to be done for it now. */
  settled(id: number, outcome: 'done' | 'failed'): void;
  warn(text: string): void;
}

/** The report's methods, whatever kind of object it is. */
export function boundReport(report: Report): Report {
  return {
    created: (path) => report.created(path),
    modified: (path) => report.modified(path),
    deleted: (path) => report.deleted(path),
    renamed: (from, to) => report.renamed(from, to),
    edited: (path, isContentRight) => report.edited(path, isContentRight),
    added: (path) => report.added(path),
    extra: (path) => report.extra(path),
    kept: (path, why) => report.kept(path, why),
    copying: (path, done, total) => report.copying(path, done, total),
    settled: (id, outcome) => report.settled(id, outcome),
    warn: (text) => report.warn(text),
  };
}
