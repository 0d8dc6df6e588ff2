import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

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
