import type { Change, IgnoredReason } from './change.ts';
import { eventIdOf, type JobEvent } from './job-event.ts';
import { type JobMemory, type Outcome, release, translate } from './translator.ts';

/** What a record turns out to be. */
export type Reading = { readonly change: Change } | { readonly ignored: IgnoredReason };

/** A record of which nothing is known but its place in the batch. */
export interface Arrival {
  /** As whoever delivered it names it. */
  readonly id: string;
  /** As it came. */
  readonly raw: unknown;
  /** @throws when nobody will ever make sense of it */
  readonly read: () => Reading;
}

/** A job's memory as it is stored; revision 0 is not stored yet. */
export interface Stored {
  readonly memory: JobMemory;
  readonly revision: number;
}

export interface IntakePorts {
  /** What is known of these jobs: of each of them, also of one that was never seen. */
  recall(jobIds: readonly string[]): Promise<ReadonlyMap<string, Stored>>;
  /** @returns the revision it is stored as, or undefined when somebody else has changed the job since `revision` */
  save(memory: JobMemory, revision: number): Promise<number | undefined>;
  /** Publishes each job's events in their order, and goes no further with a job when one fails. @returns the failures */
  publish(events: ReadonlyMap<string, readonly JobEvent[]>): Promise<ReadonlyMap<string, unknown>>;
  /** Notes that all is published, unless somebody else has changed the job since. */
  tickOff(jobId: string, revision: number): Promise<void>;
  /** Has {@link releaseJob} called after a while. */
  scheduleRelease(jobId: string, eventId: string): Promise<void>;
  /** Takes care that a salary whose job has not come is tried again. */
  setAside(raw: unknown): Promise<void>;
  /** Lays a record aside for people to look at. */
  giveUp(raw: unknown, error: unknown): Promise<void>;
}

export interface Failure {
  readonly id: string;
  readonly jobId?: string;
  readonly error: unknown;
}

/** What came in and what became of it. A record that failed is in none of the counts but `received`. */
export interface Tally {
  readonly received: number;
  readonly repeated: number;
  readonly early: number;
  readonly unreadable: number;
  readonly ignored: ReadonlyMap<IgnoredReason, number>;
  readonly published: ReadonlyMap<JobEvent['type'], number>;
  readonly failures: readonly Failure[];
}

/** Two writers of one job are rare (a release and its salary); more of them in a row are a fault. */
const maxConflicts = 5;

interface Read {
  readonly arrival: Arrival;
  readonly change: Change;
}

interface Decided {
  readonly reads: readonly Read[];
  readonly stored: Stored;
  readonly outcomes: readonly (Outcome | { readonly error: unknown })[];
}

type Useless = Map<string, 'early' | { readonly error: unknown }>;

/** Of these nothing is remembered: they mean nothing yet, or nothing at all. */
const isUseless = (outcome: Decided['outcomes'][number] | undefined) =>
  outcome === 'early' || (typeof outcome === 'object' && 'error' in outcome);

/**
 * Takes a batch of records in the order of the source's log, turns them into events and publishes these.
 *
 * What a record means is decided and stored before anything is published, and ticked off after: whoever comes again with the
 * same records, in whatever batches, finds the decision and at most publishes the same events again. Jobs do not wait for
 * each other; a failure fails all records of its job. What is to be laid aside is so last, and only if it came before all that
 * failed: everything from there on comes again.
 */
export async function takeIn(arrivals: readonly Arrival[], ports: IntakePorts): Promise<Tally> {
  const counts = new Counts();
  const useless: Useless = new Map();
  const jobs = Map.groupBy(readAll(arrivals, useless, counts), ({ change }) => change.jobId);
  const recalled = jobs.size === 0 ? new Map<string, Stored>() : await recallAll(jobs, ports, counts);
  const decided = await each(jobs, counts, async (jobId, reads) => {
    const stored = recalled.get(jobId);
    return stored && settle(reads, stored, ports);
  });
  await tellAll(decided, ports, counts);
  for (const { reads, outcomes } of decided.values())
    for (const [index, { arrival }] of reads.entries()) {
      const outcome = outcomes[index];
      if (isUseless(outcome)) useless.set(arrival.id, outcome);
      else counts.add(arrival.id, outcome);
    }
  await layAside(arrivals, useless, ports, counts);
  return counts.tally(arrivals.length);
}

/**
 * Ends the waiting of a job for its salary, and publishes what is left of it.
 *
 * @throws when it could not be published
 */
export async function releaseJob(jobId: string, eventId: string, ports: IntakePorts): Promise<Tally> {
  const counts = new Counts();
  const stored = await change(jobId, ports, undefined, (memory) => ({ memory: release(memory, eventId) }));
  await tellAll(new Map([[jobId, { reads: [], stored: stored.stored, outcomes: [] }]]), ports, counts);
  const [failure] = counts.failures.values();
  if (failure !== undefined) throw failure.error;
  return counts.tally(0);
}

function readAll(arrivals: readonly Arrival[], useless: Useless, counts: Counts): Read[] {
  return arrivals.flatMap((arrival) => {
    try {
      const reading = arrival.read();
      if ('change' in reading) return [{ arrival, change: reading.change }];
      counts.add(arrival.id, reading);
    } catch (error) {
      useless.set(arrival.id, { error });
    }
    return [];
  });
}

/** One after the other up to the first failure. */
async function layAside(arrivals: readonly Arrival[], useless: Useless, ports: IntakePorts, counts: Counts) {
  for (const { id, raw } of arrivals) {
    if (counts.failures.has(id)) return;
    const outcome = useless.get(id);
    if (outcome === undefined) continue;
    try {
      await (outcome === 'early' ? ports.setAside(raw) : ports.giveUp(raw, outcome.error));
    } catch (error) {
      return counts.fail({ id, error });
    }
    counts.add(id, outcome);
  }
}

type Jobs = ReadonlyMap<string, readonly Read[]>;

async function recallAll(jobs: Jobs, ports: IntakePorts, counts: Counts): Promise<ReadonlyMap<string, Stored>> {
  try {
    return await ports.recall([...jobs.keys()]);
  } catch (error) {
    for (const [jobId, reads] of jobs) counts.failAll(jobId, reads, error);
    return new Map();
  }
}

/** Does the same for every job, side by side. @returns what those came to that did not fail */
async function each(
  jobs: Jobs,
  counts: Counts,
  work: (jobId: string, reads: readonly Read[]) => Promise<Decided | undefined>,
): Promise<ReadonlyMap<string, Decided>> {
  const done = [...jobs].map(async ([jobId, reads]) => {
    try {
      const decided = await work(jobId, reads);
      return decided === undefined ? [] : [[jobId, decided] as const];
    } catch (error) {
      counts.failAll(jobId, reads, error);
      return [];
    }
  });
  return new Map((await Promise.all(done)).flat());
}

/** Decides what a job's records mean, stores that, and has it looked at again if it is to wait for its salary. */
async function settle(reads: readonly Read[], known: Stored, ports: IntakePorts): Promise<Decided> {
  const { stored, outcomes } = await change(known.memory.jobId, ports, known, (memory) => translateAll(memory, reads));
  const { jobId, held } = stored.memory;
  if (held !== undefined) await ports.scheduleRelease(jobId, eventIdOf(held));
  return { reads, stored, outcomes: outcomes ?? [] };
}

function translateAll(memory: JobMemory, reads: readonly Read[]) {
  let known = memory;
  const outcomes = reads.map(({ change }): Decided['outcomes'][number] => {
    try {
      const step = translate(known, change);
      known = step.memory;
      return step.outcome;
    } catch (error) {
      return { error };
    }
  });
  return { memory: known, outcomes };
}

interface Decision {
  readonly memory: JobMemory;
  readonly outcomes?: Decided['outcomes'];
}

/** Changes what is stored of a job, from what it is at that moment. @throws when others keep changing it */
async function change(
  jobId: string,
  ports: IntakePorts,
  known: Stored | undefined,
  decide: (memory: JobMemory) => Decision,
): Promise<{ readonly stored: Stored } & Pick<Decision, 'outcomes'>> {
  for (let conflicts = 0; conflicts < maxConflicts; conflicts += 1) {
    const stored = (conflicts === 0 ? known : undefined) ?? (await ports.recall([jobId])).get(jobId);
    if (stored === undefined) throw new Error(`Nothing could be recalled of job ${jobId}`);
    const { memory, ...rest } = decide(stored.memory);
    if (memory === stored.memory) return { stored, ...rest };
    const revision = await ports.save(memory, stored.revision);
    if (revision !== undefined) return { stored: { memory, revision }, ...rest };
  }
  throw new Error(`Job ${jobId} was changed by others ${maxConflicts} times in a row`);
}

/** Publishes what is not published of these jobs, also what an earlier attempt has left, and ticks it off. */
async function tellAll(decided: ReadonlyMap<string, Decided>, ports: IntakePorts, counts: Counts): Promise<void> {
  const untold = new Map([...decided].filter(([, { stored }]) => stored.memory.unpublished.length > 0));
  if (untold.size === 0) return;
  const events = new Map([...untold].map(([jobId, { stored }]) => [jobId, stored.memory.unpublished]));
  const failed = await ports.publish(events);
  const ticked = [...untold].map(async ([jobId, { reads, stored }]) => {
    try {
      if (failed.has(jobId)) throw failed.get(jobId);
      await ports.tickOff(jobId, stored.revision);
      for (const { type } of stored.memory.unpublished) counts.publish(type);
    } catch (error) {
      counts.failAll(jobId, reads, error);
    }
  });
  await Promise.all(ticked);
}

/** Gathers what became of records; a record that failed counts as nothing else. */
class Counts {
  readonly failures = new Map<string, Failure>();
  readonly #outcomes = new Map<string, Outcome | { readonly error: unknown }>();
  readonly #published = new Map<JobEvent['type'], number>();

  add(id: string, outcome: Outcome | { readonly error: unknown } | undefined): void {
    if (outcome !== undefined) this.#outcomes.set(id, outcome);
  }

  publish(type: JobEvent['type']): void {
    this.#published.set(type, (this.#published.get(type) ?? 0) + 1);
  }

  fail(failure: Failure): void {
    this.failures.set(failure.id, failure);
  }

  failAll(jobId: string, reads: readonly Read[], error: unknown): void {
    if (reads.length === 0) this.fail({ id: jobId, jobId, error });
    for (const { arrival } of reads) this.fail({ id: arrival.id, jobId, error });
  }

  tally(received: number): Tally {
    const ignored = new Map<IgnoredReason, number>();
    const numbers = { repeated: 0, early: 0, unreadable: 0 };
    for (const [id, outcome] of this.#outcomes) {
      if (this.failures.has(id)) continue;
      if (outcome === 'repeated' || outcome === 'early') numbers[outcome] += 1;
      else if (outcome !== 'told' && 'error' in outcome) numbers.unreadable += 1;
      else if (outcome !== 'told') ignored.set(outcome.ignored, (ignored.get(outcome.ignored) ?? 0) + 1);
    }
    return { received, ...numbers, ignored, published: this.#published, failures: [...this.failures.values()] };
  }
}
