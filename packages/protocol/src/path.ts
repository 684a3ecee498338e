/**
 * The path rule: which names and paths lanmirror accepts, whoever sent them. Both ends apply it
 * before any I/O. A path is relative to the root of a tree, '/'-separated, and '' is the root
 * itself. What does not follow the rule is refused, never cleaned: a cleaned path names something
 * the peer did not say.
 *
 * Nothing is decoded. `%2e%2e`, fullwidth dots and backslashes are ordinary characters of a name.
 */

/** Longest name in UTF-8 bytes: NAME_MAX of Linux and of every common file system. */
export const MAX_NAME_BYTES = 255;
/** Longest path in UTF-8 bytes: PATH_MAX of Linux. */
export const MAX_PATH_BYTES = 4096;
/** Most components in a path. */
export const MAX_PATH_DEPTH = 256;
/** The one folder of ours, at the top of a tree only; deeper down the name is an ordinary one. */
export const RESERVED_NAME = '.lanmirror';

/** Why a name or a path is refused. */
export type PathFault =
  | 'empty'
  | 'absolute'
  | 'slash'
  | 'dot'
  | 'nul'
  | 'not-unicode'
  | 'name-too-long'
  | 'path-too-long'
  | 'too-deep'
  | 'reserved';

/** With the `u` flag a surrogate that is half of a pair does not match, only a lone one does. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Checks one component of a path.
 * @returns the first fault found, or `undefined` when the name is accepted. A name that is reserved
 * only at the top of a tree is accepted here; see {@link isReservedAtTop}.
 */
export function checkName(name: string): PathFault | undefined {
  if (name === '') return 'empty';
  if (name === '.' || name === '..') return 'dot';
  if (name.includes('/')) return 'slash';
  if (name.includes('\0')) return 'nul';
  if (LONE_SURROGATE.test(name)) return 'not-unicode';
  if (utf8Length(name) > MAX_NAME_BYTES) return 'name-too-long';
  return undefined;
}

/**
 * Checks a whole path. The root ('') is not a path that anything can be done to, hence a fault.
 * @returns the first fault found, or `undefined` when the path is accepted.
 */
export function checkPath(path: string): PathFault | undefined {
  if (path === '') return 'empty';
  if (path.startsWith('/')) return 'absolute';
  // The length comes first: it bounds the work that a hostile path can cause below.
  if (path.length > MAX_PATH_BYTES || utf8Length(path) > MAX_PATH_BYTES) return 'path-too-long';
  const names = path.split('/');
  if (names.length > MAX_PATH_DEPTH) return 'too-deep';
  for (const name of names) {
    const fault = checkName(name);
    if (fault !== undefined) return fault;
  }
  return isReservedAtTop(names[0] ?? '') ? 'reserved' : undefined;
}

/** True for `.lanmirror` in any ASCII case, because a target may be on a file system that folds case. */
export function isReservedAtTop(name: string): boolean {
  return name.length === RESERVED_NAME.length && name.toLowerCase() === RESERVED_NAME;
}

/**
 * The path of `name` in the folder `parent` ('' for the root).
 * @throws RangeError when `name` is not one component: then the result could lie outside `parent`.
 */
export function joinPath(parent: string, name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
    throw new RangeError(`not a single name: ${JSON.stringify(name)}`);
  }
  return parent === '' ? name : `${parent}/${name}`;
}

/** The folder that holds `path`; '' for a path at the top, and for the root itself. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** The last component of `path`; '' for the root. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** True when `path` is `ancestor` itself or lies below it. Everything is within the root (''). */
export function isWithin(path: string, ancestor: string): boolean {
  if (ancestor === '' || path === ancestor) return true;
  return path.length > ancestor.length && path[ancestor.length] === '/' && path.startsWith(ancestor);
}

/** Bytes of `text` in UTF-8. A lone surrogate counts 3, as the replacement character that is written for it. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(at + 1))) at++;
  }
  return bytes;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Why a name that is fine elsewhere cannot exist, or is something else, on Windows. */
export type WindowsNameFault =
  /** One of `< > : " | ? * \`; the colon would open a drive or an alternate data stream. */
  | 'forbidden-character'
  /** U+0000 to U+001F. */
  | 'control-character'
  /** Windows removes it silently, so that two names become one. */
  | 'trailing-dot-or-space'
  /** A device such as `CON`, also with an extension. */
  | 'device-name'
  /** The form of a generated 8.3 name (`PROGRA~1`): it may be another name of an existing entry. */
  | 'short-name';

const WINDOWS_MESSAGES: Readonly<Record<WindowsNameFault, string>> = {
  'forbidden-character': 'Windows does not allow < > : " | ? * or a backslash in a name',
  'control-character': 'Windows does not allow control characters in a name',
  'trailing-dot-or-space': 'Windows does not keep a dot or a space at the end of a name',
  'device-name': 'the name belongs to a device on Windows',
  'short-name': 'on Windows the name can be the short form of another one',
};

/** One sentence for a person that says why a name is impossible on Windows. */
export function windowsFaultMessage(fault: WindowsNameFault): string {
  return WINDOWS_MESSAGES[fault];
}

const WINDOWS_FORBIDDEN = /[<>:"|?*\\]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const WINDOWS_CONTROL = /[\u0000-\u001f]/;
/** With superscript digits, too: by number, because esbuild leaves what stands in a pattern as it is. */
const WINDOWS_DEVICE =
  /^(?:con|prn|aux|nul|com[0-9\xb9\xb2\xb3]|lpt[0-9\xb9\xb2\xb3]|conin\$|conout\$) *(?:\.|$)/i;
const WINDOWS_SHORT = /^(?=[^.]{1,8}(?:\.|$))[^.]*~[0-9]+(?:\.[^.]{1,3})?$/;

/**
 * Checks one component for a Windows target. It is an addition to {@link checkName}, not a substitute.
 * @returns the first fault found, or `undefined` when the name is possible on Windows.
 */
export function windowsNameFault(name: string): WindowsNameFault | undefined {
  if (WINDOWS_FORBIDDEN.test(name)) return 'forbidden-character';
  if (WINDOWS_CONTROL.test(name)) return 'control-character';
  if (name.endsWith('.') || name.endsWith(' ')) return 'trailing-dot-or-space';
  if (WINDOWS_DEVICE.test(name)) return 'device-name';
  if (WINDOWS_SHORT.test(name)) return 'short-name';
  return undefined;
}
