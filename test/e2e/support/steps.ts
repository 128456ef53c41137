/**
 * For suites whose steps stand on one another: after the first that fails the rest is skipped, and says so. `bail` would skip the rest
 * of every other such suite, too, since mocha counts failures over all of them.
 */
export function stopAtFirstFailure(suite: Mocha.Suite): void {
  let failed: string | null = null;
  suite.afterEach(function () {
    if (this.currentTest?.state === 'failed') failed ??= this.currentTest.title;
  });
  suite.beforeEach(function () {
    if (failed === null) return;
    console.log(`      skipped: "${failed}" has failed, on which this stands`);
    this.skip();
  });
}
