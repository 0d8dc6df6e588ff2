import { expect, test } from 'vitest';
import { branchesOf, branchesTaken } from './coverage.ts';
import type { Workflow } from './workflow.ts';

/** Must stand last in a file: it judges by what the cases above have run. */
export function testCompleteness({ version, definition, runs }: Workflow): void {
  test(`every Choice branch, Catch and Retry of ${version} has a case`, () => {
    const taken = new Set(runs.flatMap(({ visits }) => branchesTaken(definition, visits)));
    expect(branchesOf(definition).filter((branch) => !taken.has(branch))).toEqual([]);
  });
}
