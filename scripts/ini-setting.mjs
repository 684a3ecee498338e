import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './install.mjs';

/** The value of a key in an INI file of the project, `otherwise` without one; the programs themselves check the rest. */
export function readSetting(file, key, otherwise) {
  const line = new RegExp(
    `^[ \\t]*${key}[ \\t]*[=:][ \\t]*("[^"\\r\\n]*"|[^\\r\\n]*?)(?:[ \\t]+[#;][^\\r\\n]*)?[ \\t]*\\r?$`,
    'im',
  );
  const value = line.exec(readFileSync(join(ROOT, file), 'utf8'))?.[1]?.replaceAll('"', '');
  return value || otherwise;
}
