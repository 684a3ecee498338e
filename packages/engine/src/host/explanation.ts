/** What `explain PATH` says. Pure. */
import { displayName } from './display-name.ts';

export interface ExplanationFacts {
  readonly path: string;
  readonly isMirrored: boolean;
  readonly reason: 'rule' | 'size' | 'young' | 'old' | 'link' | 'problem' | 'none';
  /** The rule that decided, and where it stands; null when none matches. */
  readonly rule: { readonly line: string; readonly origin: string } | null;
  /** The path that it matches: the entry itself, or a folder above it. */
  readonly matched: string;
  readonly sizeBytes: number | null;
  /** Of what is too young: when it is old enough, for a person. */
  readonly comesAt?: string;
  /** What keeps it, or a folder above it, from being looked at or mirrored, beside all rules. */
  readonly problem?: { readonly path: string; readonly code: string; readonly message: string };
  /** Whose rules decided, for a person: `the server's rules`. */
  readonly whose: string;
}

/** `films/a.tmp: not mirrored: "*.tmp" excludes it (server.ini line 7, Exclude)`. */
export function explanationText(facts: ExplanationFacts): string {
  const { path, isMirrored, reason, problem } = facts;
  const verdict = `${displayName(path)}: ${isMirrored ? 'mirrored' : 'not mirrored'}`;
  if (problem === undefined) return `${verdict}: ${reasonOf(facts)}`;
  if (reason === 'problem') return `${verdict}: ${problemText(path, problem)}`;
  return `${verdict}: ${reasonOf(facts)}; as it was last: ${problemText(path, problem)}`;
}

function problemText(path: string, problem: NonNullable<ExplanationFacts['problem']>): string {
  const { code, message } = problem;
  const where = problem.path === path ? '' : `the folder ${displayName(problem.path || '.')}: `;
  return `${where}${displayName(message)} (${displayName(code)})`;
}

function reasonOf(facts: ExplanationFacts): string {
  const { path, isMirrored, reason, rule, matched, sizeBytes, comesAt = '', whose } = facts;
  if (reason === 'size')
    return `${sizeBytes === null ? 'its size' : `its size, ${sizeBytes} bytes,`} is outside of the limits (${whose})`;
  if (reason === 'young') return `it is younger than MinAge, and comes by itself at ${comesAt} (${whose})`;
  if (reason === 'old') return `it is older than MaxAge (${whose})`;
  if (reason === 'link') return `the setting Links leaves it out (${whose})`;
  if (rule === null) return 'no rule excludes it';
  const what = matched === path ? 'it' : `the folder ${displayName(matched)}`;
  const verb = isMirrored ? 'includes' : 'excludes';
  return `"${displayName(rule.line)}" ${verb} ${what} (${whose}: ${displayName(rule.origin)})`;
}

/**
 * A path that a person typed, from the top of the mirrored folder `root`; with a slash at the end it is that of a folder.
 * @returns undefined when it is outside
 */
export function typedPath(
  typed: string,
  root: string,
): { readonly path: string; readonly isFolder: boolean } | undefined {
  const isFolder = typed.endsWith('/');
  const top = root.endsWith('/') ? root : `${root}/`;
  const isInside = `${typed}/`.startsWith(top);
  if (typed.startsWith('/') && !isInside) return undefined;
  const names = (isInside ? typed.slice(top.length) : typed).split('/');
  const plain = names.filter((name) => name !== '' && name !== '.');
  return plain.includes('..') ? undefined : { path: plain.join('/'), isFolder };
}
