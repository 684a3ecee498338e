/**
 * Text as it may be shown on a terminal: control characters, line breaks and characters that change the
 * direction of text are escaped, so that a file name can neither forge a line nor move the cursor.
 * Everything else, Chinese and emoji included, stays as it is. Escaping twice changes nothing more.
 */
export function displayName(text: string): string {
  return text.replace(HOSTILE, (char) => SHORT[char] ?? escapeOf(char));
}

// C0 and DEL, C1, line and paragraph separators, bidirectional marks and isolates, the byte order mark,
// lone surrogates.
const HOSTILE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters it is about
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeOf(char: string): string {
  const code = char.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
