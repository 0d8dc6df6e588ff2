import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { instanceAt } from '../src/instance.ts';
import { keepMail, type Mail, mailLines, readMail } from '../src/mail.ts';

const [sns, sqs, ssm] = [mockClient(SNSClient), mockClient(SQSClient), mockClient(SSMClient)];
const queueArn = 'arn:aws:sqs:eu-west-1:000000000000:happy-path-local-mail';
const topicArn = 'arn:aws:sns:eu-west-1:000000000000:alerts';

beforeEach(() => {
  for (const client of [sns, sqs, ssm]) client.reset();
  sqs.on(CreateQueueCommand).resolves({ QueueUrl: 'http://127.0.0.1:4566/000000000000/happy-path-local-mail' });
});

async function instance() {
  const folder = await mkdtemp(join(tmpdir(), 'mail-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return instanceAt({ name: 'demo', folder }, 4566, 'eu-west-1');
}

describe('keepMail', () => {
  const parameters = (...names: string[]) =>
    names.map((Name) => ({ Name: `/happy-path/local/${Name}`, Value: topicArn }));

  it("lets each service's alerts topic send to a queue of its own, and no other topic", async () => {
    ssm
      .on(GetParametersByPathCommand)
      .resolves({ Parameters: parameters('backend/site-url'), NextToken: 'more' })
      .on(GetParametersByPathCommand, { NextToken: 'more' })
      .resolves({ Parameters: parameters('reviews/alerts-topic-arn', 'jobs/topic-arn') });
    sns.on(ListSubscriptionsByTopicCommand).resolves({ Subscriptions: [] });
    await keepMail(await instance());
    expect(sns.commandCalls(SubscribeCommand).map(({ args }) => args[0].input)).toEqual([
      { TopicArn: topicArn, Protocol: 'sqs', Endpoint: queueArn },
    ]);
    const [policy] = sqs
      .commandCalls(SetQueueAttributesCommand)
      .map(({ args }) => args[0].input.Attributes?.['Policy']);
    expect(JSON.parse(policy ?? '').Statement).toMatchObject([
      { Resource: queueArn, Condition: { ArnEquals: { 'aws:SourceArn': [topicArn] } } },
    ]);
  });

  it('subscribes once', async () => {
    ssm.on(GetParametersByPathCommand).resolves({ Parameters: parameters('reviews/alerts-topic-arn') });
    sns.on(ListSubscriptionsByTopicCommand).resolves({ Subscriptions: [{ Endpoint: queueArn }] });
    await keepMail(await instance());
    expect(sns.commandCalls(SubscribeCommand)).toEqual([]);
  });

  it('makes nothing where no service sends mail', async () => {
    ssm.on(GetParametersByPathCommand).resolves({ Parameters: parameters('backend/site-url') });
    await keepMail(await instance());
    expect(sqs.calls()).toEqual([]);
  });
});

describe('readMail', () => {
  const message = (MessageId: string, Timestamp: string, Subject: string | null = 'An unhappy review') => ({
    ReceiptHandle: `handle-${MessageId}`,
    Body: JSON.stringify({
      Type: 'Notification',
      MessageId,
      TopicArn: topicArn,
      Timestamp,
      Subject,
      Message: 'Dirty.',
    }),
  });

  it('gives all mail, oldest first, whatever was read before', async () => {
    const place = await instance();
    sqs
      .on(ReceiveMessageCommand)
      .resolvesOnce({ Messages: [message('2', '2026-01-02T00:00:00.000Z'), message('1', '2026-01-01T00:00:00.000Z')] })
      .resolvesOnce({ Messages: [message('1', '2026-01-01T00:00:00.000Z')] })
      .resolves({});
    const ids = async () => (await readMail(place)).map(({ id }) => id);
    expect(await ids()).toEqual(['1', '2']);
    expect(await ids()).toEqual(['1', '2']);
    const taken = sqs.commandCalls(DeleteMessageBatchCommand).flatMap(({ args }) => args[0].input.Entries ?? []);
    expect(taken.map(({ ReceiptHandle }) => ReceiptHandle)).toEqual(['handle-2', 'handle-1', 'handle-1']);
  });

  it('gives a mail without a subject the one of SNS', async () => {
    sqs
      .on(ReceiveMessageCommand)
      .resolvesOnce({ Messages: [message('1', '2026-01-01T00:00:00.000Z', null)] })
      .resolves({});
    expect(await readMail(await instance())).toMatchObject([{ subject: 'AWS Notification Message', body: 'Dirty.' }]);
  });

  it('leaves in the queue what it could not write down', async () => {
    const place = await instance();
    sqs.on(ReceiveMessageCommand).resolvesOnce({ Messages: [message('1', '2026-01-01T00:00:00.000Z')] });
    await expect(readMail({ ...place, folder: join(place.folder, 'gone') })).rejects.toThrow('ENOENT');
    expect(sqs.commandCalls(DeleteMessageBatchCommand)).toEqual([]);
  });
});

it('lists mails with their date, subject and body', () => {
  const mail: Mail = { id: '1', topicArn, sentAt: '2026-01-02T03:04:05.678Z', subject: 'Unhappy', body: 'One\n\nTwo' };
  expect(mailLines([mail])).toEqual(['2026-01-02 03:04:05  Unhappy', '  One', '', '  Two', '']);
});
