/**
 * A reporter for vitest that counts. It writes what it counted to the file named by the environment
 * variable TEST_SUMMARY_FILE, because the line with the numbers has to be the last one of all, after
 * whatever else vitest has to say.
 */
import { writeFileSync } from 'node:fs';

/**
 * @typedef {{ passed: number, failed: number, skipped: { name: string, reason: string }[] }} Summary
 */

export default class TestSummary {
  /** Called by vitest when everything has run. */
  onTestRunEnd(modules, unhandledErrors) {
    /** @type {Summary} */
    const summary = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      // A file or group that broke outside of its tests has none to blame.
      summary.failed += module.errors().length;
      for (const suite of module.children.allSuites()) summary.failed += suite.errors().length;
      for (const test of module.children.allTests()) count(summary, module, test);
    }
    writeFileSync(process.env.TEST_SUMMARY_FILE, JSON.stringify(summary));
  }
}

function count(summary, module, test) {
  const { state, note } = test.result();
  if (state === 'passed') summary.passed += 1;
  else if (state === 'skipped')
    summary.skipped.push({ name: nameOf(module, test), reason: note ?? 'no reason given' });
  else summary.failed += 1;
}

function nameOf(module, test) {
  return `${module.relativeModuleId} > ${test.fullName}`;
}

/** Prints the skipped tests with their reasons and, as the last line, the numbers. */
export function printSummary({ passed, failed, skipped }) {
  console.log('');
  for (const { name, reason } of skipped) console.log(`SKIPPED ${name}: ${reason}`);
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
}
