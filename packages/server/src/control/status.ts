/** What a running server says of itself, as lines for a person. Pure. */
import { type Fingerprint, fingerprintText } from '@lanmirror/engine/core';
import {
  bandwidthLines,
  cureLines,
  displayName,
  listedLines,
  localTimeOf,
  problemLines as reportLines,
  scrubLines,
  statusLine,
  typedCommand,
} from '@lanmirror/engine/host';
import type { ClientStatus } from '@lanmirror/engine/source';
import { DEFAULT_KEY_NAME } from '@lanmirror/protocol';
import type { ServerStatus, ShareStatus } from './server-status.ts';

/** Below this a rate is not worth a word, bytes a second. */
const MIN_RATE = 50_000;

/** The lines of `status`. */
export function statusText(status: ServerStatus): string[] {
  const { program, pid, since, port, shares, clients, bandwidth } = status;
  const process = `(process ${pid}, since ${localTimeOf(since)})`;
  const [only] = shares;
  if (only !== undefined && shares.length === 1 && only.share === '')
    return [
      `${program} publishes ${displayName(only.monitorDir)} on port ${port} ${process}`,
      ...shareLines(only, bandwidthLines(bandwidth)),
    ];
  const count = shares.length === 1 ? '1 share' : `${shares.length} shares`;
  return [
    `${program} publishes ${count} on port ${port} ${process}`,
    statusLine('Clients', String(clients)),
    ...bandwidthLines(bandwidth),
    ...shares.flatMap((share) => [
      `${share.share === '' ? 'The share without a name' : `[${displayName(share.share)}]`}, ${displayName(share.monitorDir)}`,
      ...[...keyLines(share), ...shareLines(share, bandwidthLines(share.ownBandwidth))].map(
        (line) => `  ${line}`,
      ),
    ]),
  ];
}

function keyLines({ keys }: ShareStatus): string[] {
  return keys === null ? [] : [statusLine('Keys', keys.join(', '))];
}

/** `limit`: what to say behind the clients. */
function shareLines(status: ShareStatus, limit: readonly string[] = []): string[] {
  const { state, halt, entries, head, clients, fingerprint } = status;
  if (state === 'not-served')
    return [statusLine('State', `NOT SERVED: ${displayName(halt)} It is looked at again by itself.`)];
  const lines = [
    statusLine('State', `${state}${scanText(status)}`),
    statusLine('Entries', `${entries}, sequence ${head}`),
    ...ruleLines(status),
    ...(fingerprint === null ? [] : [statusLine('Fingerprint', fingerprintText(fingerprint, 'read'))]),
    statusLine(
      'Clients',
      `${clients}${clients === 0 ? '' : ` ("${typedCommand('lanmirror-server clients')}" lists them)`}`,
    ),
    ...limit,
  ];
  if (halt !== '') lines.push(halt);
  if (status.watchNotice !== '') lines.push(statusLine('Watching', displayName(status.watchNotice)));
  return [...lines, ...scrubLines(status.scrub), ...problemLines(status)];
}

function ruleLines({ ignoreFiles }: ShareStatus): string[] {
  if (ignoreFiles === 0) return [];
  const text =
    ignoreFiles === 1
      ? '1 ignore file of the folder holds'
      : `${ignoreFiles} ignore files of the folder hold`;
  return [statusLine('Rules', text)];
}

function scanText({ scan }: ShareStatus): string {
  if (scan === null) return '';
  return `: ${scan.entries} entries in ${scan.folders} folders so far; mirrors wait for the end of the scan`;
}

function problemLines({ problemCount, problems }: ShareStatus): string[] {
  if (problemCount === 0) return [statusLine('Problems', 'none')];
  return [
    statusLine(
      'Problems',
      `${problemCount} that cannot be mirrored; each is looked at again by itself, at the latest after a minute`,
    ),
    ...listedLines(reportLines(problems), problemCount),
    ...cureLines(problems),
  ];
}

/** The lines of `clients`. */
export function clientsText(clients: readonly ClientStatus[]): string[] {
  if (clients.length === 0) return ['No client is connected.'];
  return clients.flatMap((client) => [
    `${displayName(client.name)} at ${client.address}, ${displayName(client.program)}, since ${localTimeOf(client.since)}`,
    `  ${progressOf(client)}${placeOf(client)}`,
    ...(client.fingerprint === null
      ? []
      : [`  ${statusLine('Fingerprint', fingerprintOf(client, client.fingerprint))}`]),
  ]);
}

/** What it mirrors, and with which key, where that is not the plain case. */
function placeOf({ share, root, key }: ClientStatus): string {
  const what = [share === '' ? '' : `[${displayName(share)}]`, displayName(root)].filter(Boolean).join(' ');
  const by = key === '' || key === DEFAULT_KEY_NAME ? '' : `; its key is "${displayName(key)}"`;
  return `${what === '' ? '' : `; mirrors ${what}`}${by}`;
}

function fingerprintOf({ comparison, serverFingerprint }: ClientStatus, own: Fingerprint): string {
  const text = fingerprintText(own);
  if (comparison === 'identical') return `${text}, identical`;
  if (serverFingerprint === null || comparison === 'unknown') return text;
  const here = fingerprintText(serverFingerprint, 'read');
  return comparison === 'differs' ? `${text} DIFFERS; here it is ${here}` : `${text}; here ${here}`;
}

function progressOf({ acknowledged, behind, problems, bytesPerSecond }: ClientStatus): string {
  const rate = bytesPerSecond < MIN_RATE ? '' : `, receives ${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
  const failing = problems === 0 ? '' : ` but for ${problems} paths that failed`;
  if (acknowledged < 0) return `not in sync yet${rate}`;
  if (behind === 0) return `in sync at ${acknowledged}${failing}${rate}`;
  return `${behind} changes behind (at ${acknowledged})${failing}${rate}`;
}
