import '../environment.ts';

import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  anyHistory,
  anyRepeats,
  anyRounds,
  drain,
  FifoQueue,
  type JobEventBody,
  jobEvent,
  withRepeats,
} from '@happy-path/job-consumers/testing';
import { captureOutput, context } from '@happy-path/runtime/testing';
import type { SQSEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { handler } from '../../../src/handlers/on-job-event.ts';
import { Table } from '../table.ts';

const output = captureOutput();
const dynamo = mockClient(DynamoDBDocumentClient);
const sqs = mockClient(SQSClient);
let table: Table;

beforeEach(() => {
  for (const client of [dynamo, sqs]) client.reset();
  sqs.on(SendMessageCommand).resolves({});
  table = new Table();
  table.attach(dynamo);
});

function queueOf(...events: readonly JobEventBody[]): FifoQueue {
  const queue = new FifoQueue();
  for (const event of events) queue.send(event.subject, JSON.stringify(event));
  return queue;
}

const deliver = (...events: readonly JobEventBody[]) => drain(queueOf(...events), handler);
const letters = () => sqs.commandCalls(SendMessageCommand).map(({ args }) => args[0].input);
const lastBatch = () => output.entries().findLast(({ message }) => message === 'batch handled');

describe('the inventory', () => {
  it('lists a created job with what can be told of it, and not its salary', async () => {
    await deliver(jobEvent('JobCreated', '7', 1));
    expect(table.rows.get('7')).toEqual({
      jobId: '7',
      title: 'Pastry chef',
      company: 'Forn Baluard',
      location: 'Barcelona',
      employmentType: 'FULL_TIME',
      openedAt: '2026-06-14T15:41:27.318Z',
      openedKey: '2026-06-14T15:41:27.318Z#7',
      listing: 'open',
      sequence: jobEvent('JobCreated', '7', 1).sequence,
    });
  });

  it('keeps of a deleted job only that it is gone, for the time that the template says', async () => {
    await deliver(jobEvent('JobCreated', '7', 1), jobEvent('JobDeleted', '7', 2));
    const inNinetyDays = Date.now() / 1000 + 90 * 86_400;
    const { expiresAt, ...row } = table.rows.get('7') ?? {};
    expect(row).toEqual({
      jobId: '7',
      sequence: jobEvent('JobDeleted', '7', 2).sequence,
      goneAt: '2026-06-14T21:41:27.318Z',
    });
    expect(Math.abs(Number(expiresAt) - inNinetyDays)).toBeLessThan(5);
  });

  it('does not bring a job back that was deleted before its creation came', async () => {
    await deliver(jobEvent('JobDeleted', '7', 2), jobEvent('JobCreated', '7', 1));
    expect(table.open).toEqual([]);
    expect(lastBatch()).toMatchObject({ received: 2, applied: 1, ignored: 1, duplicate: 0 });
  });

  it('opens a job anew that is created again after it was deleted', async () => {
    await deliver(jobEvent('JobDeleted', '7', 2), jobEvent('JobCreated', '7', 3, { title: 'Baker' }));
    expect(table.rows.get('7')).toMatchObject({ listing: 'open', title: 'Baker' });
    expect(table.rows.get('7')).not.toHaveProperty('expiresAt');
  });

  it('writes a repeated event once and counts the repetition', async () => {
    await deliver(jobEvent('JobCreated', '7', 1), jobEvent('JobCreated', '7', 1));
    expect(lastBatch()).toMatchObject({ received: 2, applied: 1, duplicate: 1, failed: 0, dead: 0 });
  });

  it('has no use for a change of a salary, should one come', async () => {
    await deliver(jobEvent('JobSalaryUpdated', '7', 1));
    expect(table.rows).toEqual(new Map());
    expect(lastBatch()).toMatchObject({ received: 1, ignored: 1 });
  });
});

describe('a message that fails', () => {
  const batch = () => {
    const queue = queueOf(
      jobEvent('JobCreated', 'A', 1),
      jobEvent('JobDeleted', 'A', 2),
      jobEvent('JobCreated', 'B', 3),
      jobEvent('JobCreated', 'C', 4),
      jobEvent('JobDeleted', 'B', 5),
    );
    return { queue, event: queue.receive() };
  };
  const failing = (jobId: string) => (row: Record<string, unknown>) => {
    if (row['jobId'] === jobId) throw new Error('the table is busy');
  };
  const handledOf = (jobId: string) =>
    output.entries().filter(({ message, jobId: about }) => message === 'handled' && about === jobId);

  it('comes again with the later ones of its job, and those of others are done', async () => {
    table.onPut = failing('A');
    const { event } = batch();
    expect(await handler(event, context)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-1' }, { itemIdentifier: 'message-2' }],
    });
    expect([...table.rows.keys()].sort()).toEqual(['B', 'C']);
    expect(table.open).toEqual(['C']);
  });

  it('does not fail its job in the next batch of the same warm function', async () => {
    table.onPut = failing('A');
    const { queue, event } = batch();
    queue.settle(event, await handler(event, context));
    table.onPut = () => {};
    expect(await handler(queue.receive(), context)).toEqual({ batchItemFailures: [] });
    expect(handledOf('A').map(({ eventType }) => eventType)).toEqual(['JobCreated', 'JobDeleted']);
  });

  it('is laid aside with its reason on its last receive, and what comes behind it goes on', async () => {
    const queue = queueOf(jobEvent('JobCreated', 'A', 1), jobEvent('JobDeleted', 'A', 2));
    table.onPut = (row) => {
      if (row['listing'] === 'open') throw new TypeError('the row makes no sense\u0000');
    };
    await drain(queue, handler);
    const [letter, ...others] = letters();
    expect(others).toEqual([]);
    expect(letter).toMatchObject({
      QueueUrl: process.env['DEAD_LETTER_QUEUE_URL'],
      MessageGroupId: 'A',
      MessageDeduplicationId: 'message-1',
      MessageAttributes: { error: { StringValue: 'TypeError: the row makes no sense ' } },
    });
    expect(JSON.parse(letter?.MessageBody ?? '')).toEqual(jobEvent('JobCreated', 'A', 1));
    expect(table.rows.get('A')).toHaveProperty('goneAt');
    // The one behind was skipped four times, and only then had a first attempt of its own.
    expect(handledOf('A')).toMatchObject([{ eventType: 'JobDeleted', receives: 5 }]);
  });

  it('comes again when it could not be laid aside either', async () => {
    sqs.on(SendMessageCommand).rejects(new Error('the queue is busy'));
    const queue = new FifoQueue();
    queue.send('A', 'no JSON');
    const event = queue.receive();
    expect(await handler(event, context)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
  });
});

describe('a message that nobody can read', () => {
  const created = jobEvent('JobCreated', 'A', 1);
  it.each([
    ['no JSON', 'no JSON'],
    ['another version of the data', JSON.stringify({ ...created, data: { ...created.data, version: 2 } })],
    ['no sequence', JSON.stringify({ ...created, sequence: undefined })],
    ['another subject than its job', JSON.stringify({ ...created, subject: 'B' })],
    ['a creation without a title', JSON.stringify({ ...created, data: { ...created.data, title: undefined } })],
    ['no time', JSON.stringify({ ...created, time: 'yesterday' })],
  ])('is laid aside at once and holds nobody: %s', async (_, body) => {
    const queue = new FifoQueue();
    queue.send('A', body);
    queue.send('A', JSON.stringify(jobEvent('JobCreated', 'A', 2)));
    queue.send('B', JSON.stringify(jobEvent('JobCreated', 'B', 3)));
    expect(await handler(queue.receive(), context)).toEqual({ batchItemFailures: [] });
    expect(table.open).toEqual(['A', 'B']);
    expect(letters()).toMatchObject([
      {
        MessageBody: body,
        MessageGroupId: 'A',
        MessageAttributes: { error: { StringValue: expect.stringMatching(/^UnreadableEventError: ./) } },
      },
    ]);
    expect(lastBatch()).toMatchObject({ received: 3, applied: 2, dead: 1, failed: 0 });
  });
});

it('throws when it is given no batch', async () => {
  await expect(handler({} as SQSEvent, context)).rejects.toThrow();
});

it('is the same whatever is repeated, however batches are cut, and whatever crashes or fails for a time', async () => {
  await fc.assert(
    fc.asyncProperty(anyHistory, anyRepeats, anyRounds, fc.array(fc.boolean()), async (all, again, plan, faults) => {
      table = new Table();
      table.attach(dynamo);
      const fails = faults.values();
      table.onPut = () => {
        if (fails.next().value) throw new Error('the table is busy');
      };
      // The topic's filter keeps the rest from the queue.
      const history = all.filter(({ type }) => type !== 'JobSalaryUpdated');
      const delivered = withRepeats(history, again);
      const queue = queueOf(...delivered);
      await drain(queue, handler, plan);
      // What was given up in between goes back to the end, as a redrive does it.
      table.onPut = () => {};
      const dead = letters();
      for (const { MessageGroupId = '', MessageBody = '' } of dead) queue.send(MessageGroupId, MessageBody);
      sqs.resetHistory();
      await drain(queue, handler);

      const last = new Map(history.map((event) => [event.subject, event]));
      const open = [...last.values()].filter(({ type }) => type === 'JobCreated').map(({ subject }) => subject);
      expect(table.open).toEqual(open.sort());
      expect([...table.rows].map(([jobId, { sequence }]) => [jobId, sequence]).sort()).toEqual(
        [...last].map(([jobId, { sequence }]) => [jobId, sequence]).sort(),
      );
    }),
    { numRuns: 100 },
  );
}, 60_000);
