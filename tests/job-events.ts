import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type JobEventType = 'JobCreated' | 'JobSalaryUpdated' | 'JobDeleted';

export interface JobEventBody {
  readonly id: string;
  readonly type: JobEventType;
  readonly subject: string;
  readonly time: string;
  readonly sequence: string;
  readonly data: Record<string, unknown>;
}

const sampleOf = (type: JobEventType): JobEventBody =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../events/anti-corruption/${type}.v1.json`), 'utf8'));
const samples = {
  JobCreated: sampleOf('JobCreated'),
  JobSalaryUpdated: sampleOf('JobSalaryUpdated'),
  JobDeleted: sampleOf('JobDeleted'),
};

/** Where a position stands among all others, as text that compares as the numbers do. */
export const sequenceAt = (position: number): string => `0001.${String(position).padStart(20, '0')}.1`;

/** The producer's sample, as an event of another job at another position of the source's log. */
export function jobEvent(type: JobEventType, jobId: string, position: number, data: object = {}): JobEventBody {
  const sequence = sequenceAt(position);
  const table = type === 'JobSalaryUpdated' ? 'salaries' : 'jobs';
  const sample = samples[type];
  return {
    ...sample,
    id: `${table}:${jobId}:${sequence}`,
    subject: jobId,
    sequence,
    // A quarter of a day on with each position, so that the events of a test fall into several partitions.
    time: new Date(Date.parse('2026-06-14T09:41:27.318Z') + position * 6 * 3_600_000).toISOString(),
    data: { ...sample.data, jobId, ...data },
  };
}
