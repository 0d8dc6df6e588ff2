import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import type { IntakePorts } from '../domain/intake.ts';
import type { JobEvent } from '../domain/job-event.ts';
import { sendInOrder } from './batches.ts';

const sns = new SNSClient({
  // A call that hangs must not use up the time of the jobs that are not in it.
  requestHandler: { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true },
});

/** PublishBatch's own limit. Ten events of a job are far below its other one, 256 KiB. */
const callSize = 10;
const attempts = 4;

/** Publishes the events of jobs, each job being a message group. */
export function jobEventsTopic(TopicArn: string): IntakePorts['publish'] {
  return async (events) => {
    const lists = [...events].map(([jobId, list]) => [jobId, list.map((event) => ({ jobId, event }))] as const);
    return sendInOrder(new Map(lists), (entries) => publishBatch(TopicArn, entries), { callSize, attempts });
  };
}

interface Entry {
  readonly jobId: string;
  readonly event: JobEvent;
}

async function publishBatch(TopicArn: string, entries: readonly Entry[]) {
  const { Failed = [] } = await sns.send(
    new PublishBatchCommand({
      TopicArn,
      PublishBatchRequestEntries: entries.map(({ jobId, event: { id, type, body } }, index) => ({
        Id: String(index),
        Message: body,
        MessageGroupId: jobId,
        MessageDeduplicationId: id,
        MessageAttributes: { eventType: { DataType: 'String', StringValue: type } },
      })),
    }),
  );
  return Failed.flatMap(({ Id, Code, Message }) => {
    const entry = entries[Number(Id)];
    if (entry === undefined) return [];
    return [{ entry, error: new Error(`The topic did not take ${entry.event.id}: ${Code}: ${Message}`) }];
  });
}
