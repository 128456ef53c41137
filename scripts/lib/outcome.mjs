import { readFileSync } from 'node:fs';

/**
 * What a suite came to. A runner writes it to a file, `started` first and `finished` last: an extension host that was
 * killed in the middle reports exit code 0, and only this file tells.
 *
 * @typedef {object} Outcome
 * @property {'started' | 'finished'} state
 * @property {number} passed
 * @property {number} failed
 * @property {{ title: string, reason: string }[]} skipped
 * @property {{ title: string, message: string }[]} failures
 */

/** A suite that cannot run here, with the reason: counted as one skipped test. */
export const skippedSuite = (name, reason) => ({
  state: 'finished',
  passed: 0,
  failed: 0,
  skipped: [{ title: `suite ${name}`, reason }],
  failures: [],
});

/**
 * Reads the outcome of a suite, and turns every way in which it did not honestly finish into a failure.
 *
 * @param {string} file
 * @param {{ code: number, timedOut: boolean }} ended
 * @returns {Outcome}
 */
export function readOutcome(file, { code, timedOut }) {
  /** @type {Outcome} */
  let outcome;
  try {
    outcome = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    outcome = { state: 'started', passed: 0, failed: 0, skipped: [], failures: [] };
  }
  const broken = (message) => {
    outcome.failed++;
    outcome.failures.push({ title: 'the suite itself', message });
  };
  if (timedOut) broken('it did not end in time and was stopped');
  else if (outcome.state !== 'finished') broken(`it ended with exit code ${code} before its tests were through`);
  else if (outcome.passed + outcome.failed + outcome.skipped.length === 0) broken('it ran no test');
  else if (code !== 0 && outcome.failed === 0) broken(`every test passed, but it ended with exit code ${code}`);
  return outcome;
}
