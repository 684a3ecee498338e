/**
 * Which files are left out for their size. Pure.
 */
import type { EntryKind } from '@lanmirror/protocol';

export interface SizeLimits {
  /** Files of fewer bytes are left out; 0: none for that. */
  readonly minBytes: number;
  /** Files of more bytes are left out; 0: none for that. */
  readonly maxBytes: number;
}

/** Whether an entry is left out for its size, which folders and links do not have. */
export function isSizeExcluded(
  { minBytes, maxBytes }: SizeLimits,
  { kind, sizeBytes }: { readonly kind: EntryKind; readonly sizeBytes: number },
): boolean {
  return kind === 'file' && (sizeBytes < minBytes || (maxBytes > 0 && sizeBytes > maxBytes));
}
