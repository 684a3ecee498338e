#!/usr/bin/env node
'use strict';
// CommonJS on purpose: the ES module loader starts libuv's threads, and the pool
// must be sized before that. Flushing many files at once needs more than four.
process.env.UV_THREADPOOL_SIZE ||= '16';
const bundle = require('node:path').join(__dirname, '..', 'bundle');
try {
  require(`${bundle}/start.cjs`).runBundled(`${bundle}/main.cjs`);
} catch (error) {
  if (error && error.code === 'MODULE_NOT_FOUND') {
    console.error('lanmirror is not built yet: run "npm ci && npm run build" in its folder.');
  } else {
    console.error(error);
  }
  process.exitCode = 2;
}
