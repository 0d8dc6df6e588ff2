import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ListSubscriptionsByTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import { clientConfig } from './clients.ts';
import type { Instance, Place } from './instance.ts';

/** A message of a topic, as somebody who has subscribed with an address of theirs gets it. */
export interface Mail {
  id: string;
  topicArn: string;
  sentAt: string;
  subject: string;
  body: string;
}

const queueName = 'happy-path-local-mail';
/** Services publish under this name, after their own, the topics that people subscribe to. */
const topicParameter = '/alerts-topic-arn';
const mailFile = ({ folder }: Place): string => join(folder, 'mail.jsonl');

/**
 * Has the mail of every alerts topic kept, which the engine would only write to its log: a queue beside the services'
 * own subscribes to each, as a mailbox would. May run after every deployment.
 */
export async function keepMail(instance: Instance): Promise<void> {
  const topics = await alertsTopics(instance);
  if (topics.length === 0) return;
  const sqs = new SQSClient(clientConfig(instance));
  const sns = new SNSClient(clientConfig(instance));
  const queue = await mailQueue(sqs, instance);
  await sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl: queue.url,
      Attributes: { Policy: JSON.stringify(policyFor(queue.arn, topics)), MessageRetentionPeriod: '1209600' },
    }),
  );
  for (const TopicArn of topics) {
    const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    if (Subscriptions.some(({ Endpoint }) => Endpoint === queue.arn)) continue;
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queue.arn }));
  }
}

/** All mail since the instance was made, oldest first; reading takes nothing away. */
export async function readMail(instance: Instance): Promise<Mail[]> {
  await takeIn(instance);
  const content = await readFile(mailFile(instance), 'utf8').catch(() => '');
  const mails = content
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Mail);
  // A message that came again, or was taken in twice, is one mail.
  const once = new Map(mails.map((mail) => [mail.id, mail]));
  return [...once.values()].sort((one, other) => one.sentAt.localeCompare(other.sentAt));
}

/** Mails as lines for people. */
export function mailLines(mails: readonly Mail[]): string[] {
  return mails.flatMap(({ sentAt, subject, body }) => [
    `${sentAt.slice(0, 19).replace('T', ' ')}  ${subject}`,
    ...body.split('\n').map((line) => (line ? `  ${line}` : '')),
    '',
  ]);
}

async function alertsTopics(instance: Instance): Promise<string[]> {
  const ssm = new SSMClient(clientConfig(instance));
  const topics: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ssm.send(
      new GetParametersByPathCommand({ Path: '/happy-path/local', Recursive: true, NextToken }),
    );
    for (const { Name = '', Value = '' } of page.Parameters ?? [])
      if (Name.endsWith(topicParameter)) topics.push(Value);
    NextToken = page.NextToken;
  } while (NextToken);
  return topics.sort();
}

async function mailQueue(sqs: SQSClient, { region }: Instance): Promise<{ url: string; arn: string }> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: queueName }));
  const [account] = QueueUrl.split('/').slice(-2);
  return { url: QueueUrl, arn: `arn:aws:sqs:${region}:${account}:${queueName}` };
}

const policyFor = (queueArn: string, topics: string[]) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queueArn,
      Condition: { ArnEquals: { 'aws:SourceArn': topics } },
    },
  ],
});

/** Writes down what has come, and only then takes it out of the queue. */
async function takeIn(instance: Instance): Promise<void> {
  const sqs = new SQSClient(clientConfig(instance));
  const { url: QueueUrl } = await mailQueue(sqs, instance);
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return;
    const lines = Messages.map(({ Body = '' }) => `${JSON.stringify(mailIn(Body))}\n`);
    await appendFile(mailFile(instance), lines.join(''));
    const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}

/** What SNS sends to a queue: the members that a mail is made of. */
interface Notification {
  MessageId: string;
  TopicArn: string;
  Timestamp: string;
  Subject?: string | null;
  Message: string;
}

function mailIn(notification: string): Mail {
  const { MessageId, TopicArn, Timestamp, Subject, Message } = JSON.parse(notification) as Notification;
  // The subject that SNS gives to mail without one.
  return {
    id: MessageId,
    topicArn: TopicArn,
    sentAt: Timestamp,
    subject: Subject || 'AWS Notification Message',
    body: Message,
  };
}
