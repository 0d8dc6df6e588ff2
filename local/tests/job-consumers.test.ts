import { expect, it } from 'vitest';
import { reportLines, reportOf } from '../src/job-consumers.ts';

const batch = (counts: object) => ({ message: 'batch handled', ...counts });
const applied = (jobId: string, sequence: string) => ({
  message: 'handled',
  outcome: 'applied',
  eventId: `${jobId}:${sequence}`,
  jobId,
  sequence,
});

it('adds up what the batches say, and counts a message once that was received again', () => {
  const report = reportOf('inventory', [
    batch({ received: 3, applied: 1, ignored: 0, duplicate: 0, failed: 2, dead: 0 }),
    batch({ received: 2, applied: 0, ignored: 1, duplicate: 0, failed: 0, dead: 1 }),
    { message: 'something else' },
  ]);
  expect(report).toMatchObject({ received: 3, applied: 1, ignored: 1, duplicate: 0, failed: 2, dead: 1 });
});

it('sees that a later event of a job was applied before an earlier one', () => {
  const ordered = [applied('A', '1'), applied('B', '9'), applied('A', '3'), applied('A', '1')];
  expect(reportOf('analytics', ordered)).toMatchObject({ jobs: 2, disordered: 0 });
  const report = reportOf('analytics', [...ordered, applied('A', '2')]);
  expect(report).toMatchObject({ jobs: 2, disordered: 1 });
  expect(reportLines([report]).join('\n')).toMatch(/lost for 1 of 2 jobs/);
});

it('does not take what a late event was ignored for as disorder', () => {
  const late = { ...applied('A', '1'), outcome: 'ignored' };
  expect(reportOf('inventory', [applied('A', '2'), late])).toMatchObject({ disordered: 0 });
});
