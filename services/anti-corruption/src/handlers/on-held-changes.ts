import { readEnvironment } from '@happy-path/runtime/environment';
import { logger } from '@happy-path/runtime/observability';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { arrivalOf } from '../adapters/kinesis-batch.ts';
import { intakeEnvironment, intakePorts } from '../adapters/ports.ts';
import { report } from '../adapters/report.ts';
import { heldChangeIn } from '../adapters/sqs-held-changes.ts';
import { type IntakePorts, releaseJob, type Tally, takeIn } from '../domain/intake.ts';

const env = readEnvironment(intakeEnvironment);
const ports = intakePorts(env);

/** A salary that has overtaken its job comes right in the first of these minutes. */
const salaryWaitMinutes = 15;

/** Looks again at what waits: a job for the salary of its transaction, a salary for its job. */
export const handler = async ({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
  logger.addContext(context);
  const failed = await Promise.all(Records.map(lookAgain));
  return { batchItemFailures: failed.flat().map((itemIdentifier) => ({ itemIdentifier })) };
};

async function lookAgain({ messageId, body, attributes }: SQSRecord): Promise<string[]> {
  try {
    const tally = await tallyOf(messageId, body, Number(attributes.SentTimestamp));
    report(tally);
    return tally.failures.map(({ id }) => id);
  } catch (error) {
    logger.error('a held change could not be handled', { messageId, error: error as Error });
    return [messageId];
  }
}

function tallyOf(messageId: string, body: string, sentAt: number): Promise<Tally> {
  const held = heldChangeIn(body);
  if ('release' in held) return releaseJob(held.release.jobId, held.release.eventId, ports);
  return takeIn([arrivalOf(messageId, held.record, env.SOURCE_EPOCH)], portsFor(sentAt));
}

/** A salary whose job has not come is aside already: it stays in the queue, until it is given up. */
function portsFor(sentAt: number): IntakePorts {
  const setAside: IntakePorts['setAside'] = async (raw) => {
    if (Date.now() - sentAt < salaryWaitMinutes * 60_000) throw new Error('The job of this salary has not come yet');
    await ports.giveUp(raw, new Error(`The job of this salary has not come in ${salaryWaitMinutes} minutes`));
  };
  return { ...ports, setAside };
}
