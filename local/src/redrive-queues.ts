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
  /** Why a letter is dead that does not say so itself. */
  readonly silence: string;
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
    async () => Promise.all((await deadLetterQueuesOf(target, service)).map((queue) => lookInto(target, queue))),
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

/** SQS counts about: a queue that it takes for empty is asked for a letter. */
async function lookInto(target: Target, queue: DeadLetterQueue): Promise<DeadLetterQueue> {
  return queue.letters > 0 ? queue : { ...queue, letters: (await receive(clientOf(target), queue, 0)).length };
}

/** All that can be had now. One empty answer proves nothing. */
async function* lettersIn(sqs: SQSClient, queue: Queue): AsyncGenerator<Message[]> {
  for (let empty = 0; empty < 2; ) {
    const letters = await receive(sqs, queue);
    empty = letters.length === 0 ? empty + 1 : 0;
    if (letters.length > 0) yield letters;
  }
}

/** Shows what can be seen: SQS hides what comes behind the first ten letters of a group. */
async function show(sqs: SQSClient, queue: DeadLetterQueue): Promise<void> {
  const seen: Message[] = [];
  try {
    for await (const letters of lettersIn(sqs, queue)) seen.push(...letters);
    for (const line of table(seen, queue)) console.log(`  ${line}`);
    if (queue.letters > seen.length) console.log(`  and ${queue.letters - seen.length} more behind these`);
  } finally {
    for (const letter of seen) await release(sqs, queue, letter);
  }
}

async function putBack(sqs: SQSClient, queue: DeadLetterQueue, source: Queue): Promise<boolean> {
  const failed = new Set<string>();
  const sent = new Set<string>();
  const again: Message[] = [];
  let done = 0;
  const errors: string[] = [];
  await step(
    `put them back into ${source.logicalId}`,
    async (tell) => {
      for await (const letters of lettersIn(sqs, queue)) {
        for (const line of table(letters, queue)) console.log(`  ${line}`);
        for (const letter of letters) {
          const group = letter.Attributes?.MessageGroupId ?? letter.MessageId ?? '';
          if (failed.has(group)) continue;
          const content = `${group} ${letter.Body}`;
          // One that dies again at once would keep this going for ever.
          if (sent.has(content)) {
            again.push(letter);
            continue;
          }
          try {
            if (asideIn(letter.Body ?? '')) throw new Error('it is no message of that queue; docs/operations.md');
            await sendBack(sqs, source, letter);
            sent.add(content);
            await sqs.send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle: letter.ReceiptHandle }));
            done += 1;
            tell(`${done} of ${Math.max(done, queue.letters)}`);
          } catch (error) {
            // What comes behind it in its group must not overtake it.
            failed.add(group);
            errors.push(`${letter.MessageId} stays: ${error}`);
          }
        }
      }
    },
    () => `${done} of ${Math.max(done, queue.letters)}`,
  );
  for (const letter of again) {
    await release(sqs, queue, letter);
    say(`${letter.MessageId} stays: the same message has just been put back.`);
  }
  for (const line of errors) say(line);
  if (errors.length > 0) say(`What stays can be redriven again after ${holdSeconds} seconds.`);
  else if (done < queue.letters)
    say(`SQS counted ${queue.letters}; somebody may be looking at the others. Try again after ${holdSeconds} seconds.`);
  return errors.length === 0 && again.length === 0 && done >= queue.letters;
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

async function receive(sqs: SQSClient, { url }: Queue, hold = holdSeconds): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: hold,
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
function table(letters: readonly Message[], { silence }: DeadLetterQueue): string[] {
  const rows = letters.map(({ Body = '', Attributes = {}, MessageAttributes = {} }) => [
    Attributes.MessageGroupId ?? '-',
    nameOf(Body),
    new Date(Number(Attributes.SentTimestamp)).toISOString(),
    shortened(MessageAttributes['error']?.StringValue ?? asideIn(Body)?.error ?? silence),
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

function shortened(reason: string): string {
  const text = reason.replaceAll(/\s+/g, ' ');
  return text.length > reasonWidth ? `${text.slice(0, reasonWidth - 1)}…` : text;
}

/** Neither SNS nor SQS says why it has moved a message; where it lies tells which of them did. */
function silenceOf({ arn }: Queue, ofQueues: ReadonlySet<string>, ofTopics: ReadonlySet<string>): string {
  const reasons = [
    ...(ofTopics.has(arn) ? ['the topic could not deliver it'] : []),
    ...(ofQueues.has(arn) ? ['its function failed, crashed or timed out each time: see its log'] : []),
  ];
  return reasons.join(', or ') || 'it does not say: docs/operations.md';
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
  const sources = new Map<string, string>();
  for (const { deadLetterArn, arn } of queues) if (deadLetterArn) sources.set(deadLetterArn, arn);
  const ofQueues = new Set(sources.keys());
  for (const { deadLetterArn, endpoint } of undelivered) if (deadLetterArn) sources.set(deadLetterArn, endpoint);
  const ofTopics = new Set(undelivered.flatMap(({ deadLetterArn }) => deadLetterArn ?? []));
  const work = new Set(sources.values());
  return queues
    .filter(({ arn }) => !work.has(arn))
    .map((queue) => ({
      ...queue,
      source: queues.find(({ arn }) => arn === sources.get(queue.arn)),
      silence: silenceOf(queue, ofQueues, ofTopics),
    }));
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
