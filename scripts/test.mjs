/**
 * `npm test [-- FILTER]`: build, lint, types of the tests, tests. Everything runs even when something
 * before it failed. The last line is always `N passed, N failed, N skipped`; a check that is not a test
 * (build, lint, types) counts as one failure when it fails, and not at all when it passes.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureInstalled, ROOT } from './install.mjs';
import { printSummary } from './test-summary.mjs';

ensureInstalled();
const require = createRequire(import.meta.url);

/** The script of a package that is meant to be run. */
function binOf(name, bin) {
  return join(dirname(require.resolve(`${name}/package.json`)), bin);
}

function run(script, args, env = {}) {
  const options = { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } };
  return spawnSync(process.execPath, [script, ...args], options).status === 0;
}

const CHECKS = {
  Build: () => run(join(ROOT, 'scripts', 'build.mjs'), []),
  Lint: () => {
    const biome = run(binOf('@biomejs/biome', 'bin/biome'), ['check', '.', '--error-on-warnings']);
    const oxlint = binOf('oxlint', 'bin/oxlint');
    return run(oxlint, ['--type-aware', '--deny-warnings', 'packages', 'tests', 'bench']) && biome;
  },
  Types: () => run(binOf('typescript', 'bin/tsc'), ['-p', 'tsconfig.tests.json']),
};

function runTests(filters) {
  const folder = mkdtempSync(join(tmpdir(), 'lanmirror-test-'));
  const file = join(folder, 'summary.json');
  try {
    const reporters = ['--reporter=default', `--reporter=${join(ROOT, 'scripts', 'test-summary.mjs')}`];
    const args = ['run', '--allowOnly=false', ...reporters, ...filters];
    const isGood = run(binOf('vitest', 'vitest.mjs'), args, { TEST_SUMMARY_FILE: file });
    const summary = readSummary(file);
    // Whatever made vitest fail without a failed test is one more failure.
    if (!isGood && summary.failed === 0) summary.failed = 1;
    return summary;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readSummary(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error(`vitest ended without results: ${error.message}`);
    return { passed: 0, failed: 1, skipped: [] };
  }
}

const broken = Object.keys(CHECKS).filter((name) => {
  console.log(`${name}...`);
  return !CHECKS[name]();
});
const summary = runTests(process.argv.slice(2));
summary.failed += broken.length;
for (const name of broken) console.error(`FAILED ${name}, see above`);
printSummary(summary);
process.exitCode = summary.failed === 0 ? 0 : 1;
