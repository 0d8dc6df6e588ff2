import { readEnvironment } from '@happy-path/runtime/environment';
import { logger } from '@happy-path/runtime/observability';
import type { Context, KinesisStreamBatchResponse } from 'aws-lambda';
import { arrivalOf, recordsIn } from '../adapters/kinesis-batch.ts';
import { intakeEnvironment, intakePorts } from '../adapters/ports.ts';
import { report } from '../adapters/report.ts';
import { takeIn } from '../domain/intake.ts';

const env = readEnvironment(intakeEnvironment);
const ports = intakePorts(env);

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
