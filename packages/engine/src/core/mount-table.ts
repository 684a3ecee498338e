/** The table of mounts of Linux, and what follows from it. Pure. */

export interface Mount {
  /** No two that exist at a time have the same. */
  readonly id: string;
  /** As in the table: `major:minor`. */
  readonly device: string;
  /** The folder of that file system which is mounted, absolute: `/` for all of it. */
  readonly root: string;
  /** Absolute path. */
  readonly point: string;
  /** `ext4`, `nfs4`, `fuse.sshfs`. */
  readonly type: string;
}

/** The mounts in a text of `/proc/self/mountinfo`, in its order: of two on one place the later covers the earlier. */
export function parseMountTable(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [id = '', , device, root = '/', place] = before.split(' ');
    if (device === undefined || place === undefined) continue;
    mounts.push({
      id,
      device,
      root: unescaped(root),
      point: unescaped(place),
      type: after.split(' ')[0] ?? '',
    });
  }
  return mounts;
}

/**
 * The absolute paths by which a place of a file system can be reached: `path` itself first, then those through other
 * mounts of the same file system. What is mounted over such a path may hide it: the caller has to look.
 *
 * @param path absolute, without links; it need not exist
 */
export function waysTo(path: string, mounts: readonly Mount[]): string[] {
  let own: Mount | undefined;
  for (const mount of mounts)
    if (isAtOrBelow(path, mount.point) && mount.point.length >= (own?.point.length ?? 0)) own = mount;
  if (own === undefined) return [path];
  const { device } = own;
  const place = joined(own.root, restOf(path, own.point));
  const others = mounts
    .filter((mount) => mount !== own && mount.device === device && isAtOrBelow(place, mount.root))
    .map((mount) => joined(mount.point, restOf(place, mount.root)));
  return [...new Set([path, ...others])];
}

function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** What of `path` lies behind `folder`, without a slash in front. */
function restOf(path: string, folder: string): string {
  return path.slice(folder.length).replace(/^\//, '');
}

function joined(folder: string, rest: string): string {
  if (rest === '') return folder;
  return folder === '/' ? `/${rest}` : `${folder}/${rest}`;
}

/** Blanks and some others stand as a backslash and three octal digits. */
function unescaped(place: string): string {
  return place.replace(/\\([0-7]{3})/g, (_all, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}
