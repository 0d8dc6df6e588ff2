import { randomBytes, randomInt } from 'node:crypto';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import {
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { FifoQueue, type JobEventBody, jobEvent } from '@happy-path/job-consumers/testing';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { runningInstance } from '../../local/src/engine.ts';
import { queryJobEvents } from '../../local/src/job-stats.ts';
import { poll } from '../../local/src/poll.ts';
import { redrive } from '../../local/src/redrive.ts';
import { localTarget } from '../../local/src/target.ts';
import { documents, lambda, physicalId } from '../engine-fixture.ts';
import {
  type Consumer,
  deadLettersOf,
  type Handled,
  handledBy,
  inventoryTable,
  publish,
  publishBody,
  queueOf,
  rowOf,
  sqs,
} from '../job-consumers.ts';

const target = localTarget(await runningInstance('test'));
const retrySeconds = 2;

/** Ids of jobs that no other test has. */
let A: string;
let B: string;
let C: string;
beforeEach(() => {
  [A, B, C] = ['a', 'b', 'c'].map((name) => `${name}-${randomBytes(6).toString('hex')}`) as [string, string, string];
});

async function setVisibility(seconds: number): Promise<void> {
  for (const consumer of ['inventory', 'analytics'] as const)
    await sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl: await queueOf(consumer),
        Attributes: { VisibilityTimeout: String(seconds) },
      }),
    );
}

/** Failed messages come again soon instead of after a minute. So do those of a batch that takes longer. */
async function retryingSoon(work: () => Promise<void>): Promise<void> {
  await setVisibility(retrySeconds);
  try {
    await work();
  } finally {
    await setVisibility(60);
  }
}

const handled = (consumer: Consumer, count: number, ...jobIds: string[]): Promise<Handled[]> =>
  poll(`${count} events in ${consumer}`, 30_000, async () => {
    const all = await handledBy(consumer, ...jobIds);
    return all.length >= count ? all : undefined;
  });

async function lettersOf(consumer: Consumer, ...jobIds: string[]): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: await deadLettersOf(consumer),
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 0,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages.filter(({ Attributes }) => jobIds.includes(Attributes?.MessageGroupId ?? ''));
}

/** Hands events to analytics as Lambda does when it has received all of them at once. */
async function storeAsOneBatch(events: readonly JobEventBody[]): Promise<void> {
  const queue = new FifoQueue();
  for (const event of events) queue.send(event.subject, JSON.stringify(event));
  const FunctionName = await physicalId('analytics', 'OnJobEventFunction');
  const Payload = JSON.stringify(queue.receive());
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
  expect(JSON.parse(Buffer.from(answer.Payload ?? []).toString())).toEqual({ batchItemFailures: [] });
}

const reasonsOf = (letters: readonly Message[]) =>
  letters.map(({ MessageAttributes }) => MessageAttributes?.['error']?.StringValue);

/** What the commands print. */
async function printed(work: () => Promise<unknown>): Promise<string> {
  let text = '';
  const log = vi.spyOn(console, 'log').mockImplementation((line) => {
    text += `${line}\n`;
  });
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((line) => {
    text += line;
    return true;
  });
  try {
    await work();
  } finally {
    log.mockRestore();
    write.mockRestore();
  }
  return text;
}

test('inventory never gets a change of a salary, analytics gets every event', async () => {
  const events = [jobEvent('JobCreated', A, 1), jobEvent('JobSalaryUpdated', A, 2), jobEvent('JobDeleted', A, 3)];
  for (const event of events) await publish(event);
  const typesIn = async (consumer: Consumer, count: number) =>
    (await handled(consumer, count, A)).map(({ eventType }) => eventType);
  expect(await typesIn('analytics', 3)).toEqual(['JobCreated', 'JobSalaryUpdated', 'JobDeleted']);
  expect(await typesIn('inventory', 2)).toEqual(['JobCreated', 'JobDeleted']);
  expect(await rowOf(A)).toMatchObject({ goneAt: expect.any(String), expiresAt: expect.any(Number) });
});

test('an event that comes again after the topic has forgotten it changes nothing', async () => {
  // No other test's events are of this day.
  const time = new Date(randomInt(Date.UTC(2000, 0), Date.UTC(2020, 0))).toISOString();
  const events = [
    { ...jobEvent('JobCreated', A, 1), time },
    { ...jobEvent('JobDeleted', A, 2), time },
  ];
  for (const [index, event] of events.entries()) {
    await publish(event);
    // Each is a batch of its own.
    await handled('analytics', index + 1, A);
  }
  await handled('inventory', 2, A);
  const before = await rowOf(A);
  // Within five minutes the topic drops it; with an id that it has not seen it is as after them.
  for (const event of events) await publish(event);
  for (const event of events) await publish(event, `${event.id}-again`);
  const outcomes = (await handled('inventory', 4, A)).map(({ outcome }) => outcome);
  expect(outcomes).toEqual(['applied', 'applied', 'ignored', 'duplicate']);
  expect(await rowOf(A)).toEqual(before);

  // The same events in the same batches are stored over themselves; in another batch they are stored again.
  await handled('analytics', 4, A);
  await storeAsOneBatch(events);
  const results = await queryJobEvents(target);
  expect(Number(results?.repetitions[0]?.['repetitions'])).toBeGreaterThanOrEqual(2);
  const counts = results?.['daily-counts'].find(({ day }) => String(day) === time.slice(0, 10));
  expect([counts?.['created'], counts?.['deleted'], counts?.['events']].map(Number)).toEqual([1, 1, 2]);
});

describe('a message of one job', () => {
  test('that nobody can read holds neither its own job nor another, and is the only dead letter', async () => {
    await publishBody('{"poison":true}', A, 'JobCreated', `poison-${A}`);
    await publish(jobEvent('JobCreated', A, 1));
    await publish(jobEvent('JobCreated', B, 2));
    await publish(jobEvent('JobCreated', C, 3));
    await publish(jobEvent('JobDeleted', B, 4));
    const done = await handled('inventory', 4, A, B, C);
    expect(done).toHaveLength(4);
    expect(done.filter(({ jobId }) => jobId === B).map(({ eventType }) => eventType)).toEqual([
      'JobCreated',
      'JobDeleted',
    ]);
    expect(done.every(({ receives }) => receives === 1)).toBe(true);
    for (const consumer of ['inventory', 'analytics'] as const) {
      const letters = await poll(`the letter of ${consumer}`, 10_000, async () => {
        const found = await lettersOf(consumer, A, B, C);
        return found.length > 0 ? found : undefined;
      });
      expect(letters.map(({ Body }) => Body)).toEqual(['{"poison":true}']);
      expect(reasonsOf(letters)).toEqual([expect.stringMatching(/^UnreadableEventError: /)]);
    }
  });

  test('that fails again and again does so alone, in order, until it is given up; redriven, it is done', async () => {
    // No event can be compared with what stands here.
    await documents.send(new PutCommand({ TableName: inventoryTable, Item: { jobId: A, sequence: 7 } }));
    await retryingSoon(async () => {
      await publish(jobEvent('JobCreated', A, 1));
      await publish(jobEvent('JobDeleted', A, 2));
      await publish(jobEvent('JobCreated', B, 3));
      await publish(jobEvent('JobCreated', C, 4));
      await publish(jobEvent('JobDeleted', B, 5));
      const others = await handled('inventory', 3, B, C);
      expect(others.map(({ receives }) => receives)).toEqual([1, 1, 1]);

      await poll('the letters', 40_000, async () => (await lettersOf('inventory', A, B, C)).length > 1 || undefined);
    });
    const letters = await lettersOf('inventory', A, B, C);
    expect(letters.map(({ Body = '' }) => JSON.parse(Body).type)).toEqual(['JobCreated', 'JobDeleted']);
    expect(reasonsOf(letters)).toEqual([expect.stringContaining('sequence'), expect.stringContaining('sequence')]);
    expect(await handledBy('inventory', A)).toEqual([]);

    const shown = await printed(() => redrive(target, 'inventory', true));
    expect(shown).toMatch(new RegExp(`${A} +JobCreated jobs:${A}:\\S+ +\\S+Z +\\S.*sequence`));
    expect(shown).toMatch(/Nothing was changed/);
    expect(await lettersOf('inventory', A)).toHaveLength(2);

    await documents.send(new DeleteCommand({ TableName: inventoryTable, Key: { jobId: A } }));
    expect(await printed(() => redrive(target, 'inventory', false))).toMatch(
      /put them back into JobEventQueue: (\d+) of \1/,
    );
    const redriven = await handled('inventory', 2, A);
    expect(redriven.map(({ eventType, outcome }) => [eventType, outcome])).toEqual([
      ['JobCreated', 'applied'],
      ['JobDeleted', 'applied'],
    ]);
    expect(await lettersOf('inventory', A)).toEqual([]);
  });

  test('that is put back and given up again at once is there again', async () => {
    await publishBody('{"poison":true}', A, 'JobDeleted', `poison-${A}`);
    const letter = () =>
      poll('the letter', 10_000, async () => {
        const [found] = await lettersOf('inventory', A);
        return found;
      });
    const { MessageId: first } = await letter();
    await printed(() => redrive(target, 'inventory', false));
    const again = await poll('another letter', 10_000, async () => {
      const [found] = await lettersOf('inventory', A);
      return found && found.MessageId !== first ? found : undefined;
    });
    expect(again.Body).toBe('{"poison":true}');
  });
});

test('both queues and their dead letters keep their messages as long as SQS can', async () => {
  for (const consumer of ['inventory', 'analytics'] as const)
    for (const QueueUrl of [await queueOf(consumer), await deadLettersOf(consumer)]) {
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
      expect(Attributes).toMatchObject({ FifoQueue: 'true', MessageRetentionPeriod: '1209600' });
    }
});
