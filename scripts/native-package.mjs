/** What every bundle has to know of packages that cannot be bundled. */

/** Packages with native code: they stay in node_modules. */
export const NATIVE = [
  'lmdb',
  '@napi-rs/blake-hash',
  'hash-wasm',
  'fsevents',
  'msgpackr-extract',
  'bufferutil',
  'utf-8-validate',
];

/** Packages in CommonJS call `require`, which a module does not have. */
export const REQUIRE =
  "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);";
