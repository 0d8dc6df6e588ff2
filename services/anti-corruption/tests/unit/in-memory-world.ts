import { readRecord } from '../../src/adapters/log-record.ts';
import {
  type Arrival,
  type IntakePorts,
  releaseJob,
  type Stored,
  type Tally,
  takeIn,
} from '../../src/domain/intake.ts';
import type { JobEvent } from '../../src/domain/job-event.ts';
import { unseenJob } from '../../src/domain/translator.ts';
import type { SourceRecord } from '../source-log.ts';

/** What happens between two calls of a port that a test wants to go wrong. */
export type Fault = (port: keyof IntakePorts, jobId: string) => void;

/**
 * Everything around the intake, in memory: a table that takes a write only at the revision it was read at, and a topic that
 * forgets nothing, so that whoever publishes the same again shows.
 */
export class World {
  readonly table = new Map<string, Stored>();
  /** Each event as often as it was published. */
  readonly deliveries: { readonly jobId: string; readonly event: JobEvent }[] = [];
  readonly releases: { readonly jobId: string; readonly eventId: string }[] = [];
  readonly aside: unknown[] = [];
  readonly givenUp: { readonly raw: unknown; readonly error: unknown }[] = [];
  fault: Fault = () => undefined;

  readonly ports: IntakePorts = {
    recall: async (jobIds) => {
      const known = (jobId: string) => this.table.get(jobId) ?? { memory: unseenJob(jobId), revision: 0 };
      return new Map(jobIds.map((jobId) => [jobId, known(jobId)]));
    },
    save: async (memory, revision) => {
      this.fault('save', memory.jobId);
      if ((this.table.get(memory.jobId)?.revision ?? 0) !== revision) return undefined;
      this.table.set(memory.jobId, { memory, revision: revision + 1 });
      return revision + 1;
    },
    publish: async (lists) => {
      const failed = new Map<string, unknown>();
      for (const [jobId, events] of lists)
        for (const event of events) {
          try {
            this.fault('publish', jobId);
          } catch (error) {
            failed.set(jobId, error);
            break;
          }
          this.deliveries.push({ jobId, event });
        }
      return failed;
    },
    tickOff: async (jobId, revision) => {
      this.fault('tickOff', jobId);
      const stored = this.table.get(jobId);
      if (stored?.revision !== revision) return;
      this.table.set(jobId, { memory: { ...stored.memory, unpublished: [] }, revision: revision + 1 });
    },
    scheduleRelease: async (jobId, eventId) => {
      this.fault('scheduleRelease', jobId);
      this.releases.push({ jobId, eventId });
    },
    setAside: async (raw) => {
      this.aside.push(raw);
    },
    giveUp: async (raw, error) => {
      this.givenUp.push({ raw, error });
    },
  };

  takeIn(records: readonly SourceRecord[]): Promise<Tally> {
    return takeIn(records.map(arrivalOf), this.ports);
  }

  /** The hold of every job is over. One that cannot be released comes again. */
  async releaseAll(): Promise<void> {
    for (const release of this.releases.splice(0))
      await releaseJob(release.jobId, release.eventId, this.ports).catch(() => this.releases.push(release));
  }

  /** What was set aside is looked at again. */
  lookAgain(): Promise<Tally> {
    return takeIn(
      this.aside.splice(0).map((raw, n) => arrivalOf(raw as SourceRecord, n)),
      this.ports,
    );
  }

  /** The events of a job as a consumer sees them that knows repetitions by their id. */
  seenOf(jobId: string): string[] {
    const bodies = this.deliveries.filter((delivery) => delivery.jobId === jobId).map(({ event }) => event.body);
    return [...new Set(bodies)];
  }
}

const arrivalOf = (record: SourceRecord, n: number): Arrival => ({
  id: String(n),
  raw: record,
  read: () => readRecord(JSON.stringify(record), 1),
});
