import { readEnvironment, text, wholeNumber } from '@happy-path/runtime/environment';
import { logger } from '@happy-path/runtime/observability';
import type { Context, KinesisStreamBatchResponse } from 'aws-lambda';
import { arrivalOf, recordsIn } from '../adapters/kinesis-batch.ts';
import { intakePorts } from '../adapters/ports.ts';
import { report } from '../adapters/report.ts';
import { heldChanges } from '../adapters/sqs-held-changes.ts';
import { takeIn } from '../domain/intake.ts';

const env = readEnvironment({
  TABLE_NAME: text,
  TOPIC_ARN: text,
  DEAD_LETTER_QUEUE_URL: text,
  HELD_CHANGES_QUEUE_URL: text,
  HOLD_SECONDS: wholeNumber(1, 900),
  SOURCE_EPOCH: wholeNumber(0, 9999),
  KEEP_DELETED_DAYS: wholeNumber(1, 3650),
});
const ports = { ...intakePorts(env), ...heldChanges(env.HELD_CHANGES_QUEUE_URL, env.HOLD_SECONDS) };

/**
 * Turns changes of the source database into events. Kinesis comes back with everything from the first record that failed on;
 * what was done by then is known by its position.
 *
 * @throws when the event is no batch of a stream
 */
export const handler = async (event: unknown, context: Context): Promise<KinesisStreamBatchResponse> => {
  logger.addContext(context);
  const records = recordsIn(event);
  const arrivals = records.map((record) => arrivalOf(record.kinesis.sequenceNumber, record, env.SOURCE_EPOCH));
  const tally = await takeIn(arrivals, ports);
  report(tally);
  const failed = new Set(tally.failures.map(({ id }) => id));
  const first = arrivals.find(({ id }) => failed.has(id));
  return { batchItemFailures: first === undefined ? [] : [{ itemIdentifier: first.id }] };
};
