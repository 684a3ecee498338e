/** How far a mirror is, where several talk at the same time: plain lines with the name of the job in front. */
import { displayName, type LogLevel, type Progress, plainProgress } from '@lanmirror/engine/host';

/** Bars of several jobs would push each other around, so there are none, on a terminal either. `nowMs` is monotonic. */
export function jobProgress(
  name: string,
  nowMs: () => number,
  write: (level: LogLevel, text: string) => void,
): Progress {
  const named = (level: LogLevel, text: string): void => write(level, labelled(name, text));
  return { ...plainProgress(nowMs, (text) => named('info', text)), write: named };
}

/** `[films] Created: a.mkv`; the text alone for a mirror without a name. */
export function labelled(name: string, text: string): string {
  return name === '' ? text : `[${displayName(name)}] ${text}`;
}
