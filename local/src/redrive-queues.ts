import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
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
import { Failure } from './failure.ts';
import { say, step } from './progress.ts';
import { aligned } from './table.ts';
import type { Target } from './target.ts';
import { deployConfig, environmentOf, type Service } from './templates.ts';

/** A queue of the stack, as it is deployed. */
interface Queue {
  readonly logicalId: string;
  readonly url: string;
  readonly arn: string;
  readonly isFifo: boolean;
  /** Letters in it now, about; those that somebody looks at are counted, too. */
  readonly letters: number;
  readonly deadLetterArn: string | undefined;
}

/** A queue of dead letters, and where they come from. */
interface DeadLetterQueue extends Queue {
  /** The queue that they go back to; undefined when they were no messages of a queue. */
  readonly source: Queue | undefined;
}

/** Long enough to deal with ten letters, short enough to come back soon after an interruption. */
const holdSeconds = 60;
const reasonWidth = 100;

/** True for a service with a queue, whose dead letters can go back there. */
export const hasQueues = ({ template }: Service): boolean =>
  Object.values(template.Resources).some(
    ({ Type, Properties }) => Type === 'AWS::SQS::Queue' && Properties?.['RedrivePolicy'] !== undefined,
  );

/**
 * Puts the dead letters of a service's queues back where they came from, each group's in its order, whether its consumer gave
 * them up or the topic could not deliver them. With `dryRun` it only shows them, and why they are dead.
 *
 * @returns whether all that were there went back
 */
export async function redriveQueues(target: Target, service: Service, dryRun: boolean): Promise<boolean> {
  const queues = await step(
    `find the dead letters of ${service.name} on ${target.name}`,
    () => deadLetterQueuesOf(target, service),
    (found) => String(found.reduce((sum, { letters }) => sum + letters, 0)),
  );
  let isDone = true;
  for (const queue of queues.filter(({ letters }) => letters > 0)) {
    const sqs = clientOf(target);
    console.log(`${queue.logicalId}${queue.source ? ` (of ${queue.source.logicalId})` : ''}`);
    if (dryRun || !queue.source) await show(sqs, queue);
    else isDone = (await putBack(sqs, queue, queue.source)) && isDone;
    if (!queue.source) say(`${queue.logicalId} holds no messages of a queue; docs/operations.md says what to do.`);
  }
  if (dryRun && queues.some(({ letters, source }) => letters > 0 && source))
    say(`Nothing was changed. Put them back: ${target.command('redrive', { SERVICE: service.name })}`);
  return isDone;
}

/** On the engine a queue's URL holds a name that only the engine's own machine need know. */
const clientOf = ({ config }: Target) => new SQSClient({ ...config, useQueueUrlAsEndpoint: false });

/** Shows what can be seen: SQS hides what comes behind the first ten letters of a group. */
async function show(sqs: SQSClient, queue: Queue): Promise<void> {
  const seen: Message[] = [];
  try {
    for (;;) {
      const letters = await receive(sqs, queue);
      if (letters.length === 0) break;
      seen.push(...letters);
    }
    for (const line of table(seen)) console.log(`  ${line}`);
    if (queue.letters > seen.length) console.log(`  and ${queue.letters - seen.length} more behind these`);
  } finally {
    for (const letter of seen) await release(sqs, queue, letter);
  }
}

async function putBack(sqs: SQSClient, queue: Queue, source: Queue): Promise<boolean> {
  const failed = new Set<string>();
  let taken = 0;
  let done = 0;
  const errors: string[] = [];
  await step(
    `put them back into ${source.logicalId}`,
    async (tell) => {
      // No more than there were: one that dies again at once would keep this going for ever.
      while (taken < queue.letters) {
        const letters = await receive(sqs, queue);
        if (letters.length === 0) break;
        for (const line of table(letters)) console.log(`  ${line}`);
        for (const letter of letters) {
          taken += 1;
          const group = letter.Attributes?.MessageGroupId ?? letter.MessageId ?? '';
          if (failed.has(group)) continue;
          try {
            if (asideIn(letter.Body ?? '')) throw new Error('it is no message of that queue; docs/operations.md');
            await sendBack(sqs, source, letter);
            await sqs.send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle: letter.ReceiptHandle }));
            done += 1;
            tell(`${done} of ${queue.letters}`);
          } catch (error) {
            // What comes behind it in its group must not overtake it.
            failed.add(group);
            errors.push(`${letter.MessageId} stays: ${error}`);
          }
        }
      }
    },
    () => `${done} of ${queue.letters}`,
  );
  for (const line of errors) say(line);
  if (errors.length > 0) say(`What stays can be redriven again after ${holdSeconds} seconds.`);
  return errors.length === 0;
}

async function sendBack(
  sqs: SQSClient,
  source: Queue,
  { MessageId, Body, Attributes, MessageAttributes = {} }: Message,
) {
  const { error: _, ...attributes } = MessageAttributes;
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: source.url,
      MessageBody: Body,
      MessageAttributes: attributes,
      ...(source.isFifo && {
        MessageGroupId: Attributes?.MessageGroupId,
        // The letter's own id: with the first one SQS would drop it for five minutes after the first delivery, and if this is
        // interrupted before the letter is deleted, the next attempt is no second message.
        MessageDeduplicationId: MessageId,
      }),
    }),
  );
}

async function receive(sqs: SQSClient, { url }: Queue): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: holdSeconds,
      WaitTimeSeconds: 1,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages;
}

const release = (sqs: SQSClient, { url }: Queue, { ReceiptHandle }: Message) =>
  sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 }));

/** Columns: group, event, since when, receives, why. */
function table(letters: readonly Message[]): string[] {
  const rows = letters.map(({ Body = '', Attributes = {}, MessageAttributes = {} }) => [
    Attributes.MessageGroupId ?? '-',
    nameOf(Body),
    new Date(Number(Attributes.SentTimestamp)).toISOString(),
    reasonOf(MessageAttributes['error']?.StringValue ?? asideIn(Body)?.error),
  ]);
  return aligned([['group', 'message', 'since', 'why'], ...rows]);
}

/** A record that a function laid aside with its error; undefined for a message as it came. */
function asideIn(body: string): { error: string } | undefined {
  try {
    const { error, record } = JSON.parse(body) as { error?: unknown; record?: unknown };
    return typeof error === 'string' && record !== undefined ? { error } : undefined;
  } catch {
    return undefined;
  }
}

/** An event by its type and id; of anything else the length only, as nobody knows whom it is about. */
function nameOf(body: string): string {
  try {
    const { id, type } = JSON.parse(body) as { id?: unknown; type?: unknown };
    if (typeof id === 'string' && typeof type === 'string') return `${type} ${id}`;
  } catch {
    // Said below.
  }
  return `no event, ${Buffer.byteLength(body)} bytes`;
}

/** A message that SQS itself moved has no reason: its function never came to say one. */
function reasonOf(error: string | undefined): string {
  const text = (error ?? 'not delivered, or its function crashed or timed out: see the logs').replaceAll(/\s+/g, ' ');
  return text.length > reasonWidth ? `${text.slice(0, reasonWidth - 1)}…` : text;
}

async function deadLetterQueuesOf(target: Target, service: Service): Promise<DeadLetterQueue[]> {
  const { stackName } = deployConfig(service, environmentOf(target.stage));
  const cloudFormation = new CloudFormationClient(target.config);
  const queues: Queue[] = [];
  const subscriptions: string[] = [];
  try {
    for await (const page of paginateListStackResources({ client: cloudFormation }, { StackName: stackName }))
      for (const { ResourceType, LogicalResourceId = '', PhysicalResourceId = '' } of page.StackResourceSummaries ?? [])
        if (ResourceType === 'AWS::SQS::Queue')
          queues.push(await readQueue(target, LogicalResourceId, PhysicalResourceId));
        else if (ResourceType === 'AWS::SNS::Subscription') subscriptions.push(PhysicalResourceId);
  } catch (cause) {
    if (!(cause instanceof Error && cause.message.includes('does not exist'))) throw cause;
    throw new Failure(`${service.name} is not deployed on ${target.name}.`, { cause });
  }
  const undelivered = await Promise.all(subscriptions.map((arn) => readSubscription(target, arn)));
  const sources = new Map(
    queues.flatMap((queue) => (queue.deadLetterArn === undefined ? [] : [[queue.deadLetterArn, queue.arn] as const])),
  );
  for (const { deadLetterArn, endpoint } of undelivered) if (deadLetterArn) sources.set(deadLetterArn, endpoint);
  const work = new Set(sources.values());
  return queues
    .filter(({ arn }) => !work.has(arn))
    .map((queue) => ({ ...queue, source: queues.find(({ arn }) => arn === sources.get(queue.arn)) }));
}

async function readQueue(target: Target, logicalId: string, url: string): Promise<Queue> {
  const { Attributes = {} } = await clientOf(target).send(
    new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: [
        'QueueArn',
        'FifoQueue',
        'RedrivePolicy',
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
      ],
    }),
  );
  return {
    logicalId,
    url,
    arn: Attributes.QueueArn ?? '',
    isFifo: Attributes.FifoQueue === 'true',
    letters:
      Number(Attributes.ApproximateNumberOfMessages ?? 0) +
      Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
    deadLetterArn: deadLetterArnIn(Attributes.RedrivePolicy),
  };
}

async function readSubscription({ config }: Target, SubscriptionArn: string) {
  const { Attributes = {} } = await new SNSClient(config).send(
    new GetSubscriptionAttributesCommand({ SubscriptionArn }),
  );
  return { endpoint: Attributes['Endpoint'] ?? '', deadLetterArn: deadLetterArnIn(Attributes['RedrivePolicy']) };
}

const deadLetterArnIn = (policy: string | undefined): string | undefined =>
  policy ? (JSON.parse(policy) as { deadLetterTargetArn?: string }).deadLetterTargetArn : undefined;
