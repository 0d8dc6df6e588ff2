import '../environment.ts';

import { gunzipSync } from 'node:zlib';
import { PutObjectCommand, type PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
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
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { handler } from '../../../src/handlers/on-job-event.ts';

const output = captureOutput();
const s3 = mockClient(S3Client);
const sqs = mockClient(SQSClient);
let bucket: Map<string, Buffer>;
/** What each write does before it takes effect; may throw. */
let onPut: (key: string) => void;

beforeEach(() => {
  for (const client of [s3, sqs]) client.reset();
  sqs.on(SendMessageCommand).resolves({});
  emptyBucket();
  s3.on(PutObjectCommand).callsFake(async ({ Key = '', Body }: PutObjectCommandInput) => {
    onPut(Key);
    bucket.set(Key, Body as Buffer);
    return {};
  });
});

function emptyBucket(): void {
  bucket = new Map();
  onPut = () => {};
}

function queueOf(...events: readonly JobEventBody[]): FifoQueue {
  const queue = new FifoQueue();
  for (const event of events) queue.send(event.subject, JSON.stringify(event));
  return queue;
}

const letters = () => sqs.commandCalls(SendMessageCommand).map(({ args }) => args[0].input);
const lastBatch = () => output.entries().findLast(({ message }) => message === 'batch handled');
const linesOf = (object: Buffer): Record<string, string>[] =>
  gunzipSync(object)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
const dayOf = (key: string) => /^job-events\/dt=([\d-]+)\/[0-9a-f]{32}\.json\.gz$/.exec(key)?.[1];

const created = jobEvent('JobCreated', 'A', 1);
const changed = jobEvent('JobSalaryUpdated', 'A', 2);
const deleted = jobEvent('JobDeleted', 'B', 3);

describe('a batch', () => {
  it('is stored as one object for each day, by the time of the events, in UTC', async () => {
    const shortlyBefore = { ...created, time: '2026-06-15T00:30:00+02:00' };
    await drain(queueOf(shortlyBefore, changed, deleted), handler);
    const days = [...bucket].map(([key, object]) => [dayOf(key), linesOf(object).map(({ event_id }) => event_id)]);
    expect(days).toEqual([
      ['2026-06-14', [created.id, changed.id].sort()],
      ['2026-06-15', [deleted.id]],
    ]);
  });

  it('holds each event on a line, its data whole, also what this version does not know', async () => {
    const newer = { ...changed, type: 'JobPromoted', data: { ...changed.data, badge: 'urgent' } };
    await drain(queueOf(newer as JobEventBody), handler);
    const [line, ...others] = [...bucket.values()].flatMap(linesOf);
    expect(others).toEqual([]);
    expect(line).toEqual({
      event_id: changed.id,
      event_type: 'JobPromoted',
      job_id: 'A',
      event_time: changed.time,
      sequence: changed.sequence,
      source: 'custom.happyPath/anti-corruption',
      data: JSON.stringify(newer.data),
    });
  });

  it('delivered again writes the same object, byte by byte', async () => {
    await drain(queueOf(created, changed), handler);
    const [first] = bucket;
    await drain(queueOf(created, changed), handler);
    expect([...bucket]).toEqual([first]);
  });

  it('with an event twice stores it once', async () => {
    await drain(queueOf(created, created), handler);
    expect([...bucket.values()].flatMap(linesOf)).toHaveLength(1);
    expect(lastBatch()).toMatchObject({ received: 2, applied: 1, duplicate: 1 });
  });

  it('asks S3 once for each day', async () => {
    await drain(queueOf(created, changed, deleted), handler);
    expect(s3.commandCalls(PutObjectCommand)).toHaveLength(2);
  });
});

it('reports the events of a day that could not be written, and what comes after them in their jobs', async () => {
  onPut = (key) => {
    if (dayOf(key) === '2026-06-14') throw new Error('S3 is busy');
  };
  const later = jobEvent('JobDeleted', 'A', 4);
  const event = queueOf(created, later, deleted).receive();
  expect(await handler(event, context)).toEqual({
    batchItemFailures: [{ itemIdentifier: 'message-1' }, { itemIdentifier: 'message-2' }],
  });
});

it('lays a message aside that nobody can read, and stores the others', async () => {
  const queue = queueOf(created);
  queue.send('A', '{}');
  queue.send('A', JSON.stringify(changed));
  expect(await handler(queue.receive(), context)).toEqual({ batchItemFailures: [] });
  expect([...bucket.values()].flatMap(linesOf)).toHaveLength(2);
  expect(letters()).toMatchObject([{ MessageBody: '{}', MessageGroupId: 'A' }]);
});

it('begins anew with each batch of a warm function', async () => {
  onPut = () => {
    throw new Error('S3 is busy');
  };
  const queue = queueOf(created, changed);
  const first = queue.receive();
  const answer = await handler(first, context);
  expect(answer.batchItemFailures).toHaveLength(2);
  queue.settle(first, answer);
  onPut = () => {};
  expect(await handler(queue.receive(), context)).toEqual({ batchItemFailures: [] });
});

it('loses nothing whatever is repeated, however batches are cut, and whatever crashes or fails for a time', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyHistory,
      anyRepeats,
      anyRounds,
      fc.array(fc.boolean()),
      async (history, again, plan, faults) => {
        emptyBucket();
        const fails = faults.values();
        onPut = () => {
          if (fails.next().value) throw new Error('S3 is busy');
        };
        const queue = queueOf(...withRepeats(history, again));
        await drain(queue, handler, plan);
        onPut = () => {};
        for (const { MessageGroupId = '', MessageBody = '' } of letters()) queue.send(MessageGroupId, MessageBody);
        sqs.resetHistory();
        await drain(queue, handler);

        // What the view does: of the copies of an event in a day, one. That they are of one day is what it relies on.
        const copies = [...bucket].flatMap(([key, object]) =>
          linesOf(object).map(({ event_id }) => `${dayOf(key)} ${event_id}`),
        );
        expect([...new Set(copies)].sort()).toEqual(history.map(({ id, time }) => `${time.slice(0, 10)} ${id}`).sort());
      },
    ),
    { numRuns: 100 },
  );
}, 60_000);
