import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch';
import { type Outcome, openBatch } from '@happy-path/job-consumers/consume';
import type { JobEvent } from '@happy-path/job-consumers/job-event';
import { readEnvironment, text, wholeNumber } from '@happy-path/runtime/environment';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { eventLake } from '../adapters/s3-event-lake.ts';
import { dateOf, partitionsOf } from '../domain/partitions.ts';

const env = readEnvironment({
  BUCKET_NAME: text,
  DEAD_LETTER_QUEUE_URL: text,
  MAX_RECEIVE_COUNT: wholeNumber(1, 1000),
});
const lake = eventLake(env.BUCKET_NAME);
const givingUp = { deadLetterQueueUrl: env.DEAD_LETTER_QUEUE_URL, maxReceiveCount: env.MAX_RECEIVE_COUNT };

/** Stores every job event for analysis, one object for each batch and day. */
export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const batch = openBatch(event.Records, context, givingUp, storing);
  return batch.close(
    await processPartialResponse(event, batch.handle, new SqsFifoPartialProcessorAsync(), {
      skipGroupOnError: true,
      throwOnFullBatchFailure: false,
    }),
  );
};

/**
 * The first event of a day has that day's whole object written, the others find it done. An event is stored when its day
 * is; whether it was before, in an object of another batch, only the view can tell.
 */
function storing(events: readonly JobEvent[]): (event: JobEvent) => Promise<Outcome> {
  const days = new Map(partitionsOf(events).map((partition) => [partition.date, partition]));
  const written = new Map<string, Promise<void>>();
  const stored = new Set<string>();
  return async (event) => {
    const date = dateOf(event);
    const day = days.get(date);
    if (day === undefined) throw new Error(`event ${event.id} is not of this batch`);
    const writing = written.get(date) ?? lake.write(day);
    written.set(date, writing);
    await writing;
    if (stored.has(event.id)) return 'duplicate';
    stored.add(event.id);
    return 'applied';
  };
}
