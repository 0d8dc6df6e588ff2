import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';

const sqs = new SQSClient({
  // The region's endpoint, or the one that the environment names; a queue's URL names the same on AWS.
  useQueueUrlAsEndpoint: false,
  // A queue that hangs must not use up the time of the records beside this one.
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
});

/** Whose it is tells nothing about what is wrong with it, and removing an account does not reach a queue. */
const ofItsOwner = new Set(['owner', 'author', 'GSI1PK']);

/**
 * Lays aside a record that can never be handled, as it came but for its owner, with the reason.
 *
 * @throws when the queue did not take it
 */
export async function sendDeadLetter(queueUrl: string, record: unknown, error: unknown): Promise<void> {
  const letter = { error: error instanceof Error ? error.message : String(error), record };
  const MessageBody = JSON.stringify(letter, (name, value) => (ofItsOwner.has(name) ? undefined : value));
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
}

/** What of a message of a queue goes on into its dead-letter queue. */
type Message = Pick<SQSRecord, 'messageId' | 'body' | 'attributes' | 'messageAttributes'>;

/**
 * Lays aside a message of a FIFO queue as SQS would, body and group as they were, and adds the reason as its attribute
 * `error`, which SQS would not.
 *
 * @throws when the queue did not take it
 */
export async function sendDeadMessage(queueUrl: string, message: Message, reason: string): Promise<void> {
  const { messageId, body, attributes, messageAttributes } = message;
  const texts = Object.entries(messageAttributes).flatMap(([name, { dataType, stringValue }]) =>
    stringValue === undefined ? [] : [[name, { DataType: dataType, StringValue: stringValue }] as const],
  );
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: body,
      MessageGroupId: attributes.MessageGroupId,
      // Not the message's own: put back and given up again within five minutes, it must not be taken for a repetition.
      MessageDeduplicationId: messageId,
      MessageAttributes: {
        ...Object.fromEntries(texts),
        error: { DataType: 'String', StringValue: attributeText(reason) },
      },
    }),
  );
}

const maxReasonLength = 1000;

/** SQS refuses a message whole for a character that XML does not know. */
const attributeText = (text: string): string =>
  text
    .slice(0, maxReasonLength)
    .toWellFormed()
    .replaceAll(/[^\t\n\r\x20-\uFFFD]/g, ' ');
