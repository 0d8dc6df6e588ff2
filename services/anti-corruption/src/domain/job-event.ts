import type { Change, Job, Salary } from './change.ts';

/** Of all events, as CloudEvents wants it. */
export const eventSource = 'custom.happyPath/anti-corruption';

/** An event that is ready to be published. */
export interface JobEvent {
  /** From the source's change alone, so that whatever repeats it makes the same one; also its deduplication id. */
  readonly id: string;
  readonly type: 'JobCreated' | 'JobSalaryUpdated' | 'JobDeleted';
  /** The CloudEvent, in JSON. */
  readonly body: string;
}

/** A job was written, with its salary if that was written along with it. */
export const jobCreated = (change: Change, sequence: string, job: Job, salary?: Salary): JobEvent =>
  jobEvent('JobCreated', change, sequence, { ...job, salary });

export const jobSalaryUpdated = (
  change: Change,
  sequence: string,
  salary: Salary,
  previous: Salary | undefined,
): JobEvent => jobEvent('JobSalaryUpdated', change, sequence, { salary, previous });

export const jobDeleted = (change: Change, sequence: string): JobEvent => jobEvent('JobDeleted', change, sequence, {});

export const eventIdOf = ({ table, key, position }: Change): string => `${table}:${key}:${position}`;

function jobEvent(type: JobEvent['type'], change: Change, sequence: string, data: object): JobEvent {
  const id = eventIdOf(change);
  const body = JSON.stringify({
    specversion: '1.0',
    id,
    source: eventSource,
    type,
    subject: change.jobId,
    time: change.committedAt,
    datacontenttype: 'application/json',
    dataschema: `urn:happy-path:event:anti-corruption:${type}:v1`,
    sequence,
    data: { version: 1, jobId: change.jobId, ...data },
  });
  return { id, type, body };
}
