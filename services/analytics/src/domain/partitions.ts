import { createHash } from 'node:crypto';
import type { JobEvent } from '@happy-path/job-consumers/job-event';

/** The events of one batch that happened on one day. */
export interface Partition {
  /** The day of the events' time, in UTC: YYYY-MM-DD. */
  readonly date: string;
  /** Each once, in the order of their ids. */
  readonly events: readonly JobEvent[];
}

/** The events of a batch by day, each event once. */
export function partitionsOf(batch: readonly JobEvent[]): Partition[] {
  const unique = [...new Map(batch.map((event) => [event.id, event])).values()];
  const days = Map.groupBy(unique, dateOf);
  return [...days].map(([date, events]) => ({ date, events: events.toSorted((a, b) => (a.id < b.id ? -1 : 1)) }));
}

export const dateOf = ({ time }: JobEvent): string => new Date(time).toISOString().slice(0, 10);

/**
 * Key of a partition's object. It follows from the events alone: the same events, delivered again as one batch, are written
 * over the same object.
 */
export function objectKey({ date, events }: Partition): string {
  const hash = createHash('sha256').update(JSON.stringify(events.map(({ id }) => id)));
  return `job-events/dt=${date}/${hash.digest('hex').slice(0, 32)}.json.gz`;
}

/**
 * A partition as JSON lines, one event a line. The data goes in whole, as a text: what a newer producer adds is kept for the
 * queries to come.
 */
export const jsonLines = ({ events }: Partition): string =>
  events
    .map(({ id, type, subject, time, sequence, source, data }) => ({
      event_id: id,
      event_type: type,
      job_id: subject,
      event_time: time,
      sequence,
      source,
      data: JSON.stringify(data),
    }))
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
