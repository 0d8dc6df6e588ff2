import { expect, it } from 'vitest';
import { reportLines, reportOf } from '../src/job-consumers.ts';

const batch = (counts: object) => ({ message: 'batch handled', ...counts });
const handled = (outcome: string, jobId: string, sequence: string) => ({
  message: 'handled',
  outcome,
  eventId: `${jobId}:${sequence}`,
  jobId,
  sequence,
});
const applied = (jobId: string, sequence: string) => handled('applied', jobId, sequence);

it('adds up what the batches say, and counts a message once that was received again', () => {
  const report = reportOf('inventory', [
    batch({ received: 3, applied: 1, ignored: 0, duplicate: 0, failed: 2, dead: 0 }),
    batch({ received: 2, applied: 0, ignored: 1, duplicate: 0, failed: 0, dead: 1 }),
    { message: 'something else' },
  ]);
  expect(report).toMatchObject({ received: 3, applied: 1, ignored: 1, duplicate: 0, failed: 2, dead: 1 });
});

it('sees that a later event of a job was handled before an earlier one', () => {
  const ordered = [applied('A', '1'), applied('B', '9'), applied('A', '3'), applied('A', '1')];
  expect(reportOf('analytics', ordered)).toMatchObject({ jobs: 2, disordered: 0 });
  const report = reportOf('analytics', [...ordered, applied('A', '2')]);
  expect(report).toMatchObject({ jobs: 2, disordered: 1 });
  expect(reportLines([report]).join('\n')).toMatch(/lost for 1 of 2 jobs/);
});

it('sees it, too, where the consumer ignores what comes too late', () => {
  const entries = [applied('A', '2'), handled('ignored', 'A', '1')];
  expect(reportOf('inventory', entries)).toMatchObject({ jobs: 1, disordered: 1 });
});

it.each(['ignored', 'duplicate'])('does not take a repetition that is %s as disorder', (outcome) => {
  const entries = [applied('A', '1'), applied('A', '2'), handled(outcome, 'A', '1')];
  expect(reportOf('inventory', entries)).toMatchObject({ disordered: 0 });
});

it('does not take as disorder that an event was given up and put back, but what else comes too late', () => {
  const givenUp = { ...applied('A', '1'), message: 'a message is given up' };
  const entries = [givenUp, applied('A', '3'), handled('ignored', 'A', '1')];
  expect(reportOf('inventory', entries)).toMatchObject({ disordered: 0 });
  expect(reportOf('inventory', [...entries, handled('ignored', 'A', '2')])).toMatchObject({ disordered: 1 });
});
