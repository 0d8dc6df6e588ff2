import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';

type Item = Record<string, unknown>;

/** The services of AWS that the functions call. The table keeps what it is given, and heeds the conditions of its writes. */
export const aws = {
  documents: mockClient(DynamoDBDocumentClient),
  sns: mockClient(SNSClient),
  sqs: mockClient(SQSClient),
  kinesis: mockClient(KinesisClient),
};
export const table = new Map<string, Item>();

const conditionFails = () =>
  Promise.reject(new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} }));

/** Answers a BatchGetItem with what is in the table. */
export function readItems({ RequestItems }: { RequestItems: { positions: { Keys: Item[] } } }) {
  return { Responses: { positions: RequestItems.positions.Keys.flatMap(({ PK }) => table.get(String(PK)) ?? []) } };
}

/** All is empty, and works. */
export function beginAnew(): void {
  table.clear();
  for (const client of [aws.documents, aws.sns, aws.sqs, aws.kinesis]) client.reset();
  aws.documents.on(BatchGetCommand).callsFake(readItems);
  aws.documents.on(GetCommand).callsFake(({ Key }) => ({ Item: table.get(Key.PK) }));
  aws.documents.on(PutCommand).callsFake(({ Item, ExpressionAttributeValues, ConditionExpression }) => {
    const stored = table.get(Item.PK);
    if (ConditionExpression && stored?.['revision'] !== ExpressionAttributeValues?.[':revision'])
      return conditionFails();
    table.set(Item.PK, Item);
    return {};
  });
  aws.documents.on(UpdateCommand).callsFake(({ Key, ExpressionAttributeValues: values }) => {
    const stored = table.get(Key.PK);
    if (stored?.['revision'] !== values[':revision']) return conditionFails();
    table.set(Key.PK, { ...stored, unpublished: values[':none'], revision: values[':next'] });
    return {};
  });
  aws.sns.on(PublishBatchCommand).resolves({ Successful: [], Failed: [] });
  aws.sqs.on(SendMessageCommand).resolves({});
  aws.kinesis.on(PutRecordsCommand).resolves({ FailedRecordCount: 0, Records: [] });
}

/** What was published, in calls. */
export const publishedBatches = () =>
  aws.sns.commandCalls(PublishBatchCommand).map(({ args }) =>
    (args[0].input.PublishBatchRequestEntries ?? []).map((entry) => ({
      group: entry.MessageGroupId,
      deduplicationId: entry.MessageDeduplicationId,
      attribute: entry.MessageAttributes?.['eventType']?.StringValue,
      event: JSON.parse(entry.Message ?? ''),
    })),
  );
export const published = () => publishedBatches().flat();

/** What was sent to a queue. */
export const sentTo = (queue: string) =>
  aws.sqs
    .commandCalls(SendMessageCommand)
    .map(({ args }) => args[0].input)
    .filter(({ QueueUrl }) => QueueUrl?.endsWith(`/${queue}`))
    .map(({ MessageBody = '', DelaySeconds }) => ({ message: JSON.parse(MessageBody), DelaySeconds }));
