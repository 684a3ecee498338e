/**
 * The disks that are mounted inside a tree, and which of them others change unheard. The table of mounts tells; no
 * disk is asked, for one that is not reached does not answer.
 */
import { type Mount, parseMountTable } from '../../core/index.ts';

/** What the table calls them, and what a person does. */
const REMOTE: ReadonlyMap<string, string> = new Map([
  ['nfs', 'NFS'],
  ['nfs4', 'NFS'],
  ['cifs', 'SMB'],
  ['smb3', 'SMB'],
  ['smbfs', 'SMB'],
  ['9p', '9p'],
  ['afs', 'AFS'],
  ['ceph', 'Ceph'],
  ['coda', 'Coda'],
  ['lustre', 'Lustre'],
  ['gfs2', 'GFS2'],
  ['ocfs2', 'OCFS2'],
  ['vboxsf', 'a folder shared by VirtualBox'],
  ['fuse', 'FUSE'],
]);

/** The name of a type of file system for a person if others may change it unheard, else undefined. */
export function remoteTypeName(type: string): string | undefined {
  return type.startsWith('fuse.') ? `${type.slice('fuse.'.length)} (FUSE)` : REMOTE.get(type);
}

export class NestedMounts {
  readonly #prefix: string;
  readonly #read: () => string;
  #text: string | undefined;
  /** By path below the root. */
  #mounts = new Map<string, Mount>();

  /** `root` is absolute and real; `read` gives the text of the table of mounts. */
  constructor(root: string, read: () => string) {
    this.#prefix = `${root.replace(/\/+$/, '')}/`;
    this.#read = read;
  }

  /** Reads the table again. Returns the paths below the root at which a disk came, went or became another. */
  look(): string[] {
    const text = this.#read();
    if (text === this.#text) return [];
    const isFirst = this.#text === undefined;
    this.#text = text;
    const before = this.#mounts;
    this.#mounts = new Map();
    for (const mount of parseMountTable(text)) {
      if (mount.point.startsWith(this.#prefix))
        this.#mounts.set(mount.point.slice(this.#prefix.length), mount);
    }
    if (isFirst) return [];
    const paths = new Set([...before.keys(), ...this.#mounts.keys()]);
    return [...paths].filter((path) => !isSame(before.get(path), this.#mounts.get(path)));
  }

  /** The parts of the tree that others change unheard: path and name of the file system. */
  remote(): [path: string, name: string][] {
    return [...this.#mounts].flatMap(([path, { type }]): [string, string][] => {
      const name = remoteTypeName(type);
      return name === undefined ? [] : [[path, name]];
    });
  }

  /** Whether a folder of the tree lies in such a part. */
  isRemote(folder: string): boolean {
    let innermost = '';
    for (const path of this.#mounts.keys())
      if (path.length > innermost.length && `${folder}/`.startsWith(`${path}/`)) innermost = path;
    const mount = this.#mounts.get(innermost);
    return mount !== undefined && remoteTypeName(mount.type) !== undefined;
  }
}

function isSame(a: Mount | undefined, b: Mount | undefined): boolean {
  return a?.id === b?.id && a?.device === b?.device && a?.type === b?.type;
}
