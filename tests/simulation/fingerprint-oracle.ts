/** The fingerprints that both ends kept through everything, held against those of the trees as they are. */
import {
  addDigests,
  type Digests,
  digestsOf,
  type Fingerprint,
  type FingerprintFacts,
  fingerprintOf,
  fingerprintText,
  microseconds,
  NO_DIGESTS,
} from '@lanmirror/engine/core';
import { hashBytes, hashText } from '@lanmirror/engine/tree';
import { isReservedAtTop } from '@lanmirror/protocol';
import type { MirrorSite } from './mirror-site.ts';
import type { MemoryNode } from './node-walk.ts';
import type { SourceSite } from './source-site.ts';

/** At rest: which of the four codes of a mirrored folder is not like the others, or not final. */
export function findMisprinted(source: SourceSite, mirror: MirrorSite): string[] {
  const { client, scene } = mirror;
  const { server } = source;
  // What nobody can mirror, or what failed, is on one side only.
  if (client === undefined || server === undefined || source.unmirrorable().length > 0) return [];
  if (client.mirror.problems.length > 0) return [];
  const expected = ofTree(source.tree.disk.find(scene.root));
  const printed = [
    ['the server', server.index.fingerprint(client.state.meta.rootId)],
    ['the mirror', client.state.fingerprint],
    ['the server, as the mirror heard it,', client.mirror.fingerprints.server],
    // What a disk rounds off, or holds under another name, is printed as the server says it.
    ...(scene.mtimeStepMs === 0 && scene.disk === undefined
      ? ([['the target', ofTree(mirror.tree.disk.root)]] as const)
      : []),
  ] as const;
  const wrong = printed.filter(([, one]) => one?.code !== expected.code || one.unknown !== 0);
  const { comparison } = client.mirror.fingerprints;
  return [
    ...wrong.map(([who, one]) => `${who} has ${one && fingerprintText(one)}, the source ${expected.code}`),
    ...(comparison === 'identical' ? [] : [`the mirror says of them: ${comparison}`]),
  ];
}

function ofTree(root: MemoryNode | undefined): Fingerprint {
  if (root === undefined) return { code: 'absent', unknown: 0 };
  return fingerprintOf(factsOf('', root), sumOf(root, true), hashText);
}

function sumOf(folder: MemoryNode, isTop: boolean): Digests {
  let total = NO_DIGESTS;
  for (const { name, node } of folder.slots.values()) {
    if (isTop && isReservedAtTop(name)) continue;
    const below = node.kind === 'directory' ? sumOf(node, false) : NO_DIGESTS;
    total = addDigests(total, digestsOf(factsOf(name, node), below, hashText));
  }
  return total;
}

function factsOf(name: string, { kind, bytes, mtimeNs, mode, linkTarget }: MemoryNode): FingerprintFacts {
  if (kind === 'other') throw new Error(`${name} cannot be mirrored`);
  const mtimeUs = microseconds(mtimeNs);
  return { name, kind, sizeBytes: bytes.length, mtimeUs, mode, linkTarget, hash: hashBytes(bytes) };
}
