/** Reads what the kernel of Linux counts, from the text of the files in /proc. */

/** What /proc/PID/status says of memory, in bytes; 0 where it says nothing (a process that has ended). */
export interface MemoryCount {
  /** The most that was ever resident, files that are mapped included. */
  readonly peakBytes: number;
  /** Resident now and backed by no file: what is really taken from the machine. */
  readonly anonymousBytes: number;
}

/** From the text of /proc/PID/status. */
export function parseMemory(status: string): MemoryCount {
  const kib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
  return { peakBytes: kib('VmHWM') * 1024, anonymousBytes: kib('RssAnon') * 1024 };
}

/** Bytes that all interfaces but the loopback received and sent, from the text of /proc/net/dev. */
export function parseTraffic(dev: string): number {
  let bytes = 0;
  for (const line of dev.split('\n')) {
    const [, name, counts = ''] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || name === 'lo') continue;
    const fields = counts.trim().split(/\s+/).map(Number);
    bytes += (fields[0] ?? 0) + (fields[8] ?? 0);
  }
  return bytes;
}

/** Ticks (1/100 s) of processor time that a process has used, from the text of /proc/PID/stat. */
export function parseCpuTicks(stat: string): number {
  const fields = fieldsOf(stat);
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

/** When a process began, in ticks since the machine did, from the text of /proc/PID/stat; 0 for one that has ended. */
export function parseBegunTicks(stat: string): number {
  return Number(fieldsOf(stat)[19] ?? 0);
}

/** The name of the program stands in brackets and may have blanks and brackets itself. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
