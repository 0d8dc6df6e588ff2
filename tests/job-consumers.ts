import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { JobEventBody } from '@happy-path/job-consumers/testing';
import { documents, physicalId, published, site } from './engine-fixture.ts';

const sns = new SNSClient(site.clientConfig);
const logs = new CloudWatchLogsClient(site.clientConfig);
export const sqs = new SQSClient({ ...site.clientConfig, useQueueUrlAsEndpoint: false });

const topicArn = await published('anti-corruption/topic-arn');
export const inventoryTable = await published('inventory/table-name');

export type Consumer = 'inventory' | 'analytics';
export const queueOf = (consumer: Consumer) => physicalId(consumer, 'JobEventQueue');
export const deadLettersOf = (consumer: Consumer) => physicalId(consumer, 'JobEventDeadLetterQueue');

/** Publishes as the producer does. The topic drops what comes again within five minutes, unless it is given another id. */
export async function publish(event: JobEventBody, deduplicationId = event.id): Promise<void> {
  await publishBody(JSON.stringify(event), event.subject, event.type, deduplicationId);
}

export async function publishBody(body: string, jobId: string, type: string, deduplicationId: string): Promise<void> {
  await sns.send(
    new PublishCommand({
      TopicArn: topicArn,
      Message: body,
      MessageGroupId: jobId,
      MessageDeduplicationId: deduplicationId,
      MessageAttributes: { eventType: { DataType: 'String', StringValue: type } },
    }),
  );
}

/** What a consumer says of one event that it has handled. */
export interface Handled {
  readonly outcome: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly jobId: string;
  readonly sequence: string;
  readonly receives: number;
}

/** What a consumer has handled of some jobs, in that order. */
export async function handledBy(consumer: Consumer, ...jobIds: readonly string[]): Promise<Handled[]> {
  const found: Handled[] = [];
  const logGroupName = `/aws/lambda/happy-path-local-${consumer}-on-job-event`;
  for await (const { events = [] } of paginateFilterLogEvents({ client: logs }, { logGroupName }))
    for (const { message = '' } of events) {
      if (!message.startsWith('{')) continue;
      const entry = JSON.parse(message);
      if (entry.message === 'handled' && jobIds.includes(entry.jobId)) found.push(entry);
    }
  return found;
}

export async function rowOf(jobId: string): Promise<Record<string, unknown> | undefined> {
  const { Item } = await documents.send(
    new GetCommand({ TableName: inventoryTable, Key: { jobId }, ConsistentRead: true }),
  );
  return Item;
}
