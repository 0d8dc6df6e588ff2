import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch';
import { type Outcome, openBatch } from '@happy-path/job-consumers/consume';
import type { JobEvent } from '@happy-path/job-consumers/job-event';
import { readEnvironment, text, wholeNumber } from '@happy-path/runtime/environment';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { jobStore } from '../adapters/dynamo-job-store.ts';
import { stateAfter } from '../domain/job.ts';

const env = readEnvironment({
  TABLE_NAME: text,
  DEAD_LETTER_QUEUE_URL: text,
  MAX_RECEIVE_COUNT: wholeNumber(1, 1000),
  TOMBSTONE_DAYS: wholeNumber(1, 3650),
});
const jobs = jobStore(env.TABLE_NAME);
const givingUp = { deadLetterQueueUrl: env.DEAD_LETTER_QUEUE_URL, maxReceiveCount: env.MAX_RECEIVE_COUNT };
const secondsADay = 86_400;

/** Keeps the inventory of open jobs: each job's events one after the other, a failed one holds those of its own job only. */
export const handler = async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  const batch = openBatch(event.Records, context, givingUp, () => apply);
  return batch.close(
    await processPartialResponse(event, batch.handle, new SqsFifoPartialProcessorAsync(), {
      skipGroupOnError: true,
      throwOnFullBatchFailure: false,
    }),
  );
};

async function apply(event: JobEvent): Promise<Outcome> {
  const state = stateAfter(event);
  return state === undefined ? 'ignored' : jobs.record(state, env.TOMBSTONE_DAYS * secondsADay);
}
