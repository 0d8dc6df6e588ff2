import { randomUUID } from 'node:crypto';
import { CreateTopicCommand, DeleteTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { expect, onTestFinished, test } from 'vitest';
import { runningInstance } from '../../local/src/engine.ts';
import { keepMail, readMail } from '../../local/src/mail.ts';
import { poll } from '../../local/src/poll.ts';
import { site } from '../engine-fixture.ts';

const instance = await runningInstance('test');
const [sns, ssm] = [new SNSClient(site), new SSMClient(site)];

/** A topic such as a service publishes for people to subscribe to. */
async function alertsTopic(): Promise<string> {
  const name = `mail-${randomUUID()}`;
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: name }));
  const Name = `/happy-path/local/${name}/alerts-topic-arn`;
  await ssm.send(new PutParameterCommand({ Name, Value: TopicArn, Type: 'String' }));
  onTestFinished(async () => {
    await ssm.send(new DeleteParameterCommand({ Name }));
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    await keepMail(instance);
  });
  return TopicArn;
}

test('what a topic of alerts sends to people can be read here, again and again', async () => {
  const TopicArn = await alertsTopic();
  await keepMail(instance);
  await keepMail(instance);
  const Message = 'The toilets were dirty. 😀\n\nhttp://page.localhost/';
  await sns.send(new PublishCommand({ TopicArn, Subject: 'An unhappy review', Message }));
  const mine = async () => (await readMail(instance)).filter(({ topicArn }) => topicArn === TopicArn);
  await poll('the mail', 10_000, async () => (await mine())[0]);
  expect(await mine()).toEqual([
    {
      id: expect.anything(),
      topicArn: TopicArn,
      sentAt: expect.anything(),
      subject: 'An unhappy review',
      body: Message,
    },
  ]);
});
