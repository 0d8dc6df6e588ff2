import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with one plain line: `N passed, N failed`, and `, N skipped` where there are any. */
export class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const totals = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      let broken = module.errors().length;
      for (const test of module.children.allTests()) totals[test.result().state] += 1;
      for (const suite of module.children.allSuites()) broken += suite.errors().length;
      totals.failed += broken;
    }
    // Its worker died, or the run was broken off: what never ended was not left out on purpose.
    const failed = totals.failed + totals.pending;
    // After the summary of the reporter before this one.
    process.once('exit', () =>
      console.log(
        `\n${totals.passed} passed, ${failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`,
      ),
    );
  }
}
