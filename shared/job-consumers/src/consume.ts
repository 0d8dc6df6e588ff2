import { sendDeadMessage } from '@happy-path/aws/dead-letters';
import { count, flushMetrics, logger } from '@happy-path/runtime/observability';
import type { Context, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { type JobEvent, readJobEvent, UnreadableEventError } from './job-event.ts';

/**
 * What became of an event: `applied`; `duplicate` - it had been applied before; `ignored` - it changes nothing, such as one
 * that a later event has overtaken.
 */
export type Outcome = 'applied' | 'duplicate' | 'ignored';

/** Where messages go that are given up, and after how many receives. */
export interface GivingUp {
  readonly deadLetterQueueUrl: string;
  /** The queue's own maxReceiveCount: on the last receive the reason is at hand, which SQS would not keep. */
  readonly maxReceiveCount: number;
}

/** One batch of messages of a FIFO queue on its way through `processPartialResponse`. */
export interface Batch {
  /**
   * Handles one message. Resolves when the message may leave the queue: it is applied, or laid aside.
   *
   * @throws when it is to come again
   */
  readonly handle: (record: SQSRecord) => Promise<void>;
  /** Logs and counts what became of the batch. */
  readonly close: (response: SQSBatchResponse) => SQSBatchResponse;
}

/**
 * Opens a batch. Nothing outlives it: the next invocation of a warm function begins with nothing.
 *
 * A message that can never be read is laid aside at once, so that the others of its job need not wait for it. What fails
 * otherwise comes again, and the later messages of its job with it, until its last receive.
 *
 * @param begin is given all events of the batch that can be read, and returns what applies one of them
 */
export function openBatch(
  records: readonly SQSRecord[],
  context: Context,
  givingUp: GivingUp,
  begin: (events: readonly JobEvent[]) => (event: JobEvent) => Promise<Outcome>,
): Batch {
  logger.addContext(context);
  logger.resetKeys();
  const counts = { applied: 0, duplicate: 0, ignored: 0, dead: 0 };
  const readings = new Map(records.map((record) => [record.messageId, readingOf(record)]));
  const apply = begin([...readings.values()].flatMap(({ event }) => event ?? []));

  const handle = async (record: SQSRecord): Promise<void> => {
    const { event, error } = readings.get(record.messageId) ?? readingOf(record);
    try {
      if (event === undefined) throw error;
      const outcome = await apply(event);
      counts[outcome] += 1;
      logger.info('handled', { outcome, ...factsOf(record, event) });
    } catch (failure) {
      const isUnreadable = failure instanceof UnreadableEventError;
      const isLast = receivesOf(record) >= givingUp.maxReceiveCount;
      logger.error('an event could not be applied', { ...factsOf(record, event), error: failure as Error });
      if (!isUnreadable && !isLast) throw failure;
      await sendDeadMessage(givingUp.deadLetterQueueUrl, record, String(failure));
      counts.dead += 1;
      logger.error('a message is given up', factsOf(record, event));
    }
  };

  const close = (response: SQSBatchResponse): SQSBatchResponse => {
    const failed = response.batchItemFailures.length;
    logger.info('batch handled', { received: records.length, ...counts, failed });
    count('JobEventsReceived', undefined, records.length);
    count('JobEventsApplied', undefined, counts.applied);
    count('JobEventsDuplicate', undefined, counts.duplicate);
    count('JobEventsIgnored', undefined, counts.ignored);
    count('JobEventsDead', undefined, counts.dead);
    count('JobEventsFailed', undefined, failed);
    flushMetrics();
    return response;
  };

  return { handle, close };
}

function readingOf({ body }: SQSRecord): { event?: JobEvent; error?: unknown } {
  try {
    return { event: readJobEvent(body) };
  } catch (error) {
    return { error };
  }
}

const receivesOf = ({ attributes }: SQSRecord): number => Number(attributes.ApproximateReceiveCount);

const factsOf = (record: SQSRecord, event?: JobEvent) => ({
  messageId: record.messageId,
  receives: receivesOf(record),
  ...(event && { eventId: event.id, eventType: event.type, jobId: event.subject, sequence: event.sequence }),
});
