import { CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { GetSubscriptionAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { redrive } from '../src/redrive.ts';
import type { Target } from '../src/target.ts';

const cloudFormation = mockClient(CloudFormationClient);
const sns = mockClient(SNSClient);
const sqs = mockClient(SQSClient);
const target: Target = {
  stage: 'prod',
  name: 'stage prod',
  config: { region: 'eu-west-1' },
  command: (verb, settings = {}) => [verb, ...Object.values(settings)].join(' '),
};

const urlOf = (name: string) => `https://sqs.eu-west-1.amazonaws.com/123456789012/${name}.fifo`;
const arnOf = (name: string) => `arn:aws:sqs:eu-west-1:123456789012:${name}.fifo`;
const policy = (name: string) => JSON.stringify({ deadLetterTargetArn: arnOf(name), maxReceiveCount: 5 });

/** The letters of each queue. */
let letters: Record<string, Message[]>;
let said: string;

function letter(n: number, group: string, given: Partial<Message> = {}): Message {
  return {
    MessageId: `letter-${n}`,
    ReceiptHandle: `receipt-${n}`,
    Body: JSON.stringify({ id: `jobs:${group}:${n}`, type: 'JobCreated' }),
    Attributes: { MessageGroupId: group, MessageDeduplicationId: `event-${n}`, SentTimestamp: '1781430087318' },
    MessageAttributes: {
      eventType: { DataType: 'String', StringValue: 'JobCreated' },
      error: { DataType: 'String', StringValue: 'TypeError: the row\nmakes no sense' },
    },
    ...given,
  };
}

beforeEach(() => {
  for (const client of [cloudFormation, sns, sqs]) client.reset();
  letters = { dead: [], undelivered: [], given: [] };
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
  vi.spyOn(console, 'log').mockImplementation((text) => {
    said += `${text}\n`;
  });
  const queues = { work: 'JobEventQueue', dead: 'DeadLetters', undelivered: 'Undelivered', given: 'GivenUp' };
  cloudFormation.on(ListStackResourcesCommand).resolves({
    StackResourceSummaries: [
      ...Object.entries(queues).map(([name, id]) => ({
        ResourceType: 'AWS::SQS::Queue',
        LogicalResourceId: id,
        PhysicalResourceId: urlOf(name),
        LastUpdatedTimestamp: new Date(),
        ResourceStatus: 'CREATE_COMPLETE' as const,
      })),
      {
        ResourceType: 'AWS::SNS::Subscription',
        LogicalResourceId: 'Subscription',
        PhysicalResourceId: 'subscription',
        LastUpdatedTimestamp: new Date(),
        ResourceStatus: 'CREATE_COMPLETE',
      },
    ],
  });
  sns
    .on(GetSubscriptionAttributesCommand)
    .resolves({ Attributes: { Endpoint: arnOf('work'), RedrivePolicy: policy('undelivered') } });
  for (const name of Object.keys(queues)) {
    sqs.on(GetQueueAttributesCommand, { QueueUrl: urlOf(name) }).callsFake(() => ({
      Attributes: {
        QueueArn: arnOf(name),
        FifoQueue: 'true',
        ApproximateNumberOfMessages: String(letters[name]?.length ?? 0),
        ...(name === 'work' && { RedrivePolicy: policy('dead') }),
      },
    }));
    sqs
      .on(ReceiveMessageCommand, { QueueUrl: urlOf(name) })
      .callsFake(() => ({ Messages: letters[name]?.splice(0, 10) }));
  }
});
afterEach(() => vi.restoreAllMocks());

const sent = () => sqs.commandCalls(SendMessageCommand).map(({ args }) => args[0].input);
const deleted = () => sqs.commandCalls(DeleteMessageCommand).map(({ args }) => args[0].input.ReceiptHandle);

describe('redrive of a service with queues', () => {
  it('shows each dead letter, its group, event, age and why, and leaves it where it is', async () => {
    letters['dead'] = [letter(1, 'A')];
    expect(await redrive(target, 'inventory', true)).toBe(true);
    expect(said).toMatch(/DeadLetters \(of JobEventQueue\)/);
    expect(said).toMatch(/A {2,}JobCreated jobs:A:1 {2}2026-06-14T09:41:27\.318Z {2}TypeError: the row makes no sense/);
    expect(said).toMatch(/Nothing was changed\. Put them back: redrive inventory/);
    expect(sent()).toEqual([]);
    expect(deleted()).toEqual([]);
    expect(sqs.commandCalls(ChangeMessageVisibilityCommand).map(({ args }) => args[0].input)).toEqual([
      { QueueUrl: urlOf('dead'), ReceiptHandle: 'receipt-1', VisibilityTimeout: 0 },
    ]);
  });

  it('says how many more there are that SQS does not show, and shows no content of what is no event', async () => {
    letters['dead'] = [letter(1, 'A', { Body: '{"name":"Ada"}', MessageAttributes: {} })];
    sqs.on(GetQueueAttributesCommand, { QueueUrl: urlOf('dead') }).resolves({
      Attributes: { QueueArn: arnOf('dead'), FifoQueue: 'true', ApproximateNumberOfMessages: '4' },
    });
    await redrive(target, 'inventory', true);
    expect(said).toMatch(/no event, 14 bytes.* its function failed, crashed or timed out each time: see its log/);
    expect(said).not.toContain('Ada');
    expect(said).toMatch(/and 3 more behind these/);
  });

  it('sends them back as they were, in their order, under ids that the queue has not seen', async () => {
    letters['dead'] = [letter(1, 'A'), letter(2, 'B'), letter(3, 'A')];
    expect(await redrive(target, 'inventory', false)).toBe(true);
    expect(sent()).toEqual(
      [letter(1, 'A'), letter(2, 'B'), letter(3, 'A')].map(({ MessageId, Body, Attributes }) => ({
        QueueUrl: urlOf('work'),
        MessageBody: Body,
        MessageGroupId: Attributes?.MessageGroupId,
        MessageDeduplicationId: MessageId,
        MessageAttributes: { eventType: { DataType: 'String', StringValue: 'JobCreated' } },
      })),
    );
    expect(deleted()).toEqual(['receipt-1', 'receipt-2', 'receipt-3']);
  });

  it('sends what the topic could not deliver to the queue that it was for', async () => {
    letters['undelivered'] = [letter(1, 'A', { MessageAttributes: {} })];
    expect(await redrive(target, 'inventory', false)).toBe(true);
    expect(said).toMatch(/Z {2}the topic could not deliver it/);
    expect(sent()).toMatchObject([{ QueueUrl: urlOf('work'), MessageGroupId: 'A' }]);
  });

  it('lets nothing overtake a letter that cannot be sent back, goes on with other groups, and reports failure', async () => {
    letters['dead'] = [letter(1, 'A'), letter(2, 'B'), letter(3, 'A')];
    sqs.on(SendMessageCommand, { MessageDeduplicationId: 'letter-1' }).rejects(new Error('slow down'));
    expect(await redrive(target, 'inventory', false)).toBe(false);
    expect(deleted()).toEqual(['receipt-2']);
    expect(said).toMatch(/letter-1 stays: Error: slow down/);
  });

  it('ends although what it sends back dies again at once, and reports failure', async () => {
    letters['dead'] = [letter(1, 'A')];
    sqs.on(SendMessageCommand).callsFake(() => {
      letters['dead'] = [letter(1, 'A', { MessageId: 'letter-2', ReceiptHandle: 'receipt-2' })];
      return {};
    });
    expect(await redrive(target, 'inventory', false)).toBe(false);
    expect(sent()).toHaveLength(1);
    expect(deleted()).toEqual(['receipt-1']);
    expect(said).toMatch(/letter-2 stays: the same message has just been put back/);
    expect(sqs.commandCalls(ChangeMessageVisibilityCommand).map(({ args }) => args[0].input)).toMatchObject([
      { ReceiptHandle: 'receipt-2', VisibilityTimeout: 0 },
    ]);
  });

  /** What SQS says that there is; the letters are another matter. */
  const counted = (count: number) =>
    sqs.on(GetQueueAttributesCommand, { QueueUrl: urlOf('dead') }).resolves({
      Attributes: { QueueArn: arnOf('dead'), FifoQueue: 'true', ApproximateNumberOfMessages: String(count) },
    });

  it('goes on to the last letter, however few SQS counts and although it answers with none once', async () => {
    counted(1);
    const answers = [[letter(1, 'A')], [], [letter(2, 'B')], [letter(3, 'A')]];
    sqs.on(ReceiveMessageCommand, { QueueUrl: urlOf('dead') }).callsFake(() => ({ Messages: answers.shift() }));
    expect(await redrive(target, 'inventory', false)).toBe(true);
    expect(deleted()).toEqual(['receipt-1', 'receipt-2', 'receipt-3']);
  });

  it('finds a letter that SQS does not count yet', async () => {
    counted(0);
    const answers = [[letter(1, 'A')], [letter(1, 'A')]];
    sqs.on(ReceiveMessageCommand, { QueueUrl: urlOf('dead') }).callsFake(() => ({ Messages: answers.shift() }));
    expect(await redrive(target, 'inventory', false)).toBe(true);
    expect(deleted()).toEqual(['receipt-1']);
    const [looked] = sqs.commandCalls(ReceiveMessageCommand, { QueueUrl: urlOf('dead') });
    expect(looked?.args[0].input).toMatchObject({ VisibilityTimeout: 0 });
  });

  it('reports failure when it finds fewer than SQS counts: somebody may look at them', async () => {
    counted(3);
    letters['dead'] = [letter(1, 'A')];
    expect(await redrive(target, 'inventory', false)).toBe(false);
    expect(deleted()).toEqual(['receipt-1']);
    expect(said).toMatch(/SQS counted 3; somebody may be looking at the others\. Try again after 60 seconds\./);
  });

  it('shows letters that were no messages of a queue, and leaves them', async () => {
    letters['given'] = [letter(1, 'A')];
    expect(await redrive(target, 'inventory', false)).toBe(true);
    expect(said).toMatch(/GivenUp holds no messages of a queue; docs\/operations\.md/);
    expect(sent()).toEqual([]);
  });

  it('leaves a record that a function laid aside with its error: the queue never held it', async () => {
    const Body = JSON.stringify({ error: 'no such table', record: { table: 'views' } });
    letters['dead'] = [letter(1, 'A', { Body, MessageAttributes: {} })];
    expect(await redrive(target, 'inventory', false)).toBe(false);
    expect(said).toMatch(/no event, \d+ bytes .* no such table/);
    expect(sent()).toEqual([]);
  });

  it('says that the service is not deployed', async () => {
    cloudFormation.on(ListStackResourcesCommand).rejects(new Error('Stack with id x does not exist'));
    await expect(redrive(target, 'inventory', true)).rejects.toThrow('inventory is not deployed on stage prod.');
  });
});
