import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { context } from '@happy-path/runtime/testing';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import fc from 'fast-check';

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
  JSON.parse(readFileSync(join(import.meta.dirname, `../../../events/anti-corruption/${type}.v1.json`), 'utf8'));
const samples = {
  JobCreated: sampleOf('JobCreated'),
  JobSalaryUpdated: sampleOf('JobSalaryUpdated'),
  JobDeleted: sampleOf('JobDeleted'),
};

/** A place in the source's log, as text that compares as the numbers do. */
const positionAt = (place: number): string => `0001.${String(place).padStart(20, '0')}.1`;

/** The producer's sample, as an event of another job at another place of the source's log. */
export function jobEvent(type: JobEventType, jobId: string, place: number, data: object = {}): JobEventBody {
  const position = positionAt(place);
  const table = type === 'JobSalaryUpdated' ? 'salaries' : 'jobs';
  const sample = samples[type];
  return {
    ...sample,
    id: `${table}:${jobId}:${position}`,
    subject: jobId,
    sequence: `${position}.${String(place).padStart(10, '0')}`,
    // A quarter of a day on with each place, so that the events of a test fall into several partitions.
    time: new Date(Date.parse('2026-06-14T09:41:27.318Z') + place * 6 * 3_600_000).toISOString(),
    data: { ...sample.data, jobId, ...data },
  };
}

interface Queued {
  readonly messageId: string;
  readonly group: string;
  readonly body: string;
  receives: number;
  isInFlight: boolean;
}

/** A message that was given up by SQS itself. */
export interface Dead {
  readonly group: string;
  readonly body: string;
}

/**
 * A FIFO queue as Lambda's poller sees it: a batch holds messages of several groups, each group's in order; while some of a
 * group are out, the rest of it waits; what is not done comes again, before what came behind it. For tests.
 */
export class FifoQueue {
  readonly dead: Dead[] = [];
  readonly #maxReceiveCount: number;
  #messages: Queued[] = [];
  #sent = 0;

  constructor(maxReceiveCount = Number.POSITIVE_INFINITY) {
    this.#maxReceiveCount = maxReceiveCount;
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** Puts a message at the end. */
  send(group: string, body: string): string {
    this.#sent += 1;
    const messageId = `message-${this.#sent}`;
    this.#messages.push({ messageId, group, body, receives: 0, isInFlight: false });
    return messageId;
  }

  /** Up to `limit` messages, in order, none of a group of which some are out. */
  receive(limit = 10): SQSEvent {
    const locked = new Set(this.#messages.filter(({ isInFlight }) => isInFlight).map(({ group }) => group));
    const batch = this.#messages.filter(({ group }) => !locked.has(group)).slice(0, limit);
    for (const message of batch) {
      message.isInFlight = true;
      message.receives += 1;
    }
    return { Records: batch.map(recordOf) };
  }

  /** Ends a batch as Lambda does; without an answer - the function crashed - all of it comes again. */
  settle({ Records }: SQSEvent, answer?: SQSBatchResponse): void {
    const failed = new Set(answer?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const batch = new Set(Records.map(({ messageId }) => messageId));
    const stays = ({ messageId }: Queued) => !batch.has(messageId) || answer === undefined || failed.has(messageId);
    this.#messages = this.#messages.filter(stays);
    for (const message of this.#messages) if (batch.has(message.messageId)) message.isInFlight = false;
    const exhausted = this.#messages.filter(
      ({ receives, isInFlight }) => !isInFlight && receives >= this.#maxReceiveCount,
    );
    this.dead.push(...exhausted.map(({ group, body }) => ({ group, body })));
    this.#messages = this.#messages.filter((message) => !exhausted.includes(message));
  }
}

function recordOf({ messageId, group, body, receives }: Queued): SQSRecord {
  return {
    messageId,
    receiptHandle: `receipt-${messageId}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: '1781430087318',
      SenderId: 'AIDAISMY7JYY5F7RTT6AO',
      ApproximateFirstReceiveTimestamp: '1781430087345',
      MessageGroupId: group,
      MessageDeduplicationId: messageId,
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:123456789012:job-events.fifo',
    awsRegion: 'eu-west-1',
  };
}

/** How the poller goes about one round: what it takes at a time, for how many invocations at once, and whether they crash. */
export interface Round {
  readonly limit: number;
  readonly lanes: number;
  /** After its work is done and before anybody hears of it. */
  readonly crashes: boolean;
}

type Handler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** Has the queue's messages handled until there are none. When the rounds given are over, all goes well. */
export async function drain(queue: FifoQueue, handler: Handler, rounds: readonly Round[] = []): Promise<void> {
  for (let turn = 0; !queue.isEmpty; turn += 1) {
    if (turn > 10_000) throw new Error('The queue never becomes empty');
    const { limit, lanes, crashes } = rounds[turn] ?? { limit: 10, lanes: 1, crashes: false };
    const batches = Array.from({ length: lanes }, () => queue.receive(limit)).filter(
      ({ Records }) => Records.length > 0,
    );
    const answers = await Promise.all(batches.map((batch) => handler(batch, context)));
    for (const [index, batch] of batches.entries()) queue.settle(batch, crashes ? undefined : answers[index]);
  }
}

/** Any way for the poller to go about its first rounds. */
export const anyRounds = fc.array(
  fc.record<Round>({
    limit: fc.integer({ min: 1, max: 10 }),
    lanes: fc.integer({ min: 1, max: 3 }),
    crashes: fc.boolean(),
  }),
  { maxLength: 30 },
);

/** The lives of a few jobs, merged in any way: each is created, changed some times, deleted, created anew. */
export const anyHistory = fc
  .array(fc.record({ job: fc.nat({ max: 4 }), ends: fc.boolean() }), { minLength: 1, maxLength: 40 })
  .map((steps) => {
    const open = new Set<number>();
    return steps.map(({ job, ends }, index) => {
      const type = !open.has(job) ? 'JobCreated' : ends ? 'JobDeleted' : 'JobSalaryUpdated';
      if (type === 'JobCreated') open.add(job);
      if (type === 'JobDeleted') open.delete(job);
      return jobEvent(type, `job-${job}`, index + 1);
    });
  });

/** Which events come again, and how much later: the topic has forgotten them by then. */
export const anyRepeats = fc.array(fc.record({ which: fc.nat(), later: fc.nat() }), { maxLength: 10 });

export function withRepeats<T>(events: readonly T[], repeats: readonly { which: number; later: number }[]): T[] {
  const delivered = [...events];
  for (const { which, later } of repeats) {
    const at = which % delivered.length;
    delivered.splice(at + 1 + (later % (delivered.length - at)), 0, delivered[at] as T);
  }
  return delivered;
}
