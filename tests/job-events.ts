import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import {
  GetTopicAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { poll } from '../local/src/poll.ts';
import { published, site } from './engine-fixture.ts';

const { region, endpoint, credentials } = site;
const config = { region, endpoint, credentials };
const kinesis = new KinesisClient(config);
const sns = new SNSClient(config);
export const sqs = new SQSClient(config);
const StreamName = await published('anti-corruption/stream-name');
const TopicArn = await published('anti-corruption/topic-arn');

/** Puts records into the stream, in their order, as the tool that captures them does. */
export async function putRecords(records: readonly { readonly key: string; readonly data: string }[]): Promise<void> {
  for (let sent = 0; sent < records.length; sent += 500) {
    const Records = records.slice(sent, sent + 500).map(({ key, data }) => ({
      PartitionKey: key,
      Data: Buffer.from(data),
    }));
    await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
  }
}

/** The topic takes nothing while this work goes on. */
export async function whileTopicRefuses(work: () => Promise<void>): Promise<void> {
  const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
  const set = (AttributeValue: string) =>
    sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }));
  const Statement = [{ Effect: 'Deny', Principal: '*', Action: 'sns:Publish', Resource: TopicArn }];
  await set(JSON.stringify({ Version: '2012-10-17', Statement }));
  try {
    await work();
  } finally {
    await set(Attributes?.['Policy'] ?? '');
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the event's shape is what its reader is about to check
export type Event = any;

/** A consumer of the topic: a FIFO queue that subscribes with raw delivery, as docs say a new consumer does. */
export class Consumer {
  readonly events: Event[] = [];
  readonly #queueUrl: string;
  readonly #subscriptionArn: string;

  private constructor(queueUrl: string, subscriptionArn: string) {
    this.#queueUrl = queueUrl;
    this.#subscriptionArn = subscriptionArn;
  }

  static async subscribe(name: string): Promise<Consumer> {
    const { QueueUrl = '' } = await sqs.send(
      new CreateQueueCommand({ QueueName: `${name}.fifo`, Attributes: { FifoQueue: 'true', VisibilityTimeout: '30' } }),
    );
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    const topicDelivers = {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: Attributes?.QueueArn,
      Condition: { ArnEquals: { 'aws:SourceArn': TopicArn } },
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [topicDelivers] });
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    const { SubscriptionArn = '' } = await sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: Attributes?.QueueArn,
        Attributes: { RawMessageDelivery: 'true' },
        ReturnSubscriptionArn: true,
      }),
    );
    return new Consumer(QueueUrl, SubscriptionArn);
  }

  /** What came for these jobs, once there are so many events, and no more for a moment. */
  async receive(count: number, isMine: (event: Event) => boolean, timeoutMs = 40_000): Promise<Event[]> {
    let quiet = 0;
    return poll(`${count} events`, timeoutMs, async () => {
      const isNew = await this.#take();
      const mine = this.events.filter(isMine);
      quiet = isNew || mine.length < count ? 0 : quiet + 1;
      // Once more than is expected would be as wrong as too few.
      return quiet >= 2 ? mine : undefined;
    });
  }

  async #take(): Promise<boolean> {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#queueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ['MessageGroupId', 'MessageDeduplicationId'],
      }),
    );
    if (Messages.length === 0) return false;
    for (const { Body = '', Attributes } of Messages)
      this.events.push({
        ...JSON.parse(Body),
        group: Attributes?.MessageGroupId,
        deduplicationId: Attributes?.MessageDeduplicationId,
      });
    const Entries = Messages.map(({ ReceiptHandle = '' }, n) => ({ Id: String(n), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.#queueUrl, Entries }));
    return true;
  }

  async unsubscribe(): Promise<void> {
    await sns.send(new UnsubscribeCommand({ SubscriptionArn: this.#subscriptionArn }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl: this.#queueUrl }));
  }
}
