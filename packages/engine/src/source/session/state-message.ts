/** How a share is, as a message to its clients. */
import { encodeMessage, MAX_CONTROL_BYTES, MAX_PROBLEMS, MAX_TEXT } from '@lanmirror/protocol';
import type { Publisher } from '../publish/publisher.ts';

/** Paths of problems leave room for the rest of their message. */
const MAX_PROBLEM_BYTES = MAX_CONTROL_BYTES / 2;

/** The encoded message; the same for every client. */
export function stateMessage({ isScanning, halt, problems }: Publisher): Uint8Array {
  return encodeMessage({
    type: 'state',
    scanning: isScanning,
    halt: halt.slice(0, MAX_TEXT),
    problemCount: problems.count,
    unreadCount: problems.unreadCount,
    problems: problems.first(MAX_PROBLEMS, MAX_PROBLEM_BYTES),
  });
}
