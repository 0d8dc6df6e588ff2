import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import type { IntakePorts } from '../domain/intake.ts';
import { parseAs } from './exact-json.ts';
import { kinesisRecord } from './kinesis-batch.ts';

const sqs = new SQSClient({
  // The region's endpoint, or the one that the environment names; a queue's URL names the same on AWS.
  useQueueUrlAsEndpoint: false,
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
});

/** What waits in the queue: a job for the salary of its transaction, or a salary for its job. */
const message = z.union([
  z.object({ release: z.object({ jobId: z.string(), eventId: z.string() }) }),
  z.object({ record: kinesisRecord }),
]);
export type HeldChange = z.infer<typeof message>;

/** @param holdSeconds how long a job waits for the salary of its transaction; a salary waits half of that at first */
export function heldChanges(queueUrl: string, holdSeconds: number): Pick<IntakePorts, 'scheduleRelease' | 'setAside'> {
  const send = async (content: HeldChange, delaySeconds: number) => {
    const MessageBody = JSON.stringify(content);
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody, DelaySeconds: delaySeconds }));
  };
  return {
    scheduleRelease: (jobId, eventId) => send({ release: { jobId, eventId } }, holdSeconds),
    setAside: (raw) =>
      send({ record: parseAs('A record of the stream', kinesisRecord, raw) }, Math.floor(holdSeconds / 2)),
  };
}

/** @throws Error when nobody of this service has written this */
export function heldChangeIn(body: string): HeldChange {
  return parseAs('A held change', message, JSON.parse(body));
}
