import { type JobEvent, readable } from '@happy-path/job-consumers/job-event';
import * as z from 'zod/mini';

/** A job that is open, as the API shows it. Its salary is not here: it changes, and those changes do not come here. */
export interface Job {
  readonly jobId: string;
  readonly title: string;
  readonly company: string;
  readonly location: string;
  readonly employmentType: string;
  /** When the job was written to the source, in UTC. */
  readonly openedAt: string;
}

/** What is known of a job's id after an event: the job, or that it is gone. */
export type JobState =
  | { readonly kind: 'open'; readonly sequence: string; readonly job: Job }
  | { readonly kind: 'gone'; readonly sequence: string; readonly jobId: string; readonly goneAt: string };

const created = z.object({
  title: z.string(),
  company: z.string(),
  location: z.string(),
  employmentType: z.string(),
});

/**
 * The state that an event leaves its job in; undefined for an event that is none of the inventory's business.
 *
 * @throws UnreadableEventError when the event's data lacks what its type promises
 */
export function stateAfter({ type, subject: jobId, sequence, time, data }: JobEvent): JobState | undefined {
  const at = new Date(time).toISOString();
  switch (type) {
    case 'JobCreated':
      return { kind: 'open', sequence, job: { jobId, ...readable(created, data), openedAt: at } };
    case 'JobDeleted':
      return { kind: 'gone', sequence, jobId, goneAt: at };
    default:
      return undefined;
  }
}
