import { InvokeCommand } from '@aws-sdk/client-lambda';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { poll } from '../../local/src/poll.ts';
import { changeLog, nextChanges } from '../../services/anti-corruption/src/domain/replay.ts';
import recorded from '../../services/anti-corruption/src/replay/change-log.json' with { type: 'json' };
import { SourceLog, type SourceRecord } from '../../services/anti-corruption/tests/source-log.ts';
import { World } from '../../services/anti-corruption/tests/unit/in-memory-world.ts';
import { documents, lambda, physicalId } from '../engine-fixture.ts';
import { Consumer, type Event, putRecords, sqs, whileTopicRefuses } from '../job-events.ts';

const positions = await physicalId('anti-corruption', 'Positions');

let consumer: Consumer;
beforeAll(async () => {
  consumer = await Consumer.subscribe(`job-events-${Date.now()}`);
});
afterAll(() => consumer?.unsubscribe());

/** Ids that no other test and no earlier run has used. */
let used = Date.now() * 100;
const newId = () => {
  used += 1;
  return used;
};

const put = (records: readonly SourceRecord[], jobId: number | string) =>
  putRecords(records.map((record) => ({ key: String(jobId), data: JSON.stringify(record) })));
const of =
  (...jobIds: readonly number[]) =>
  (event: Event) =>
    jobIds.map(String).includes(event.subject);
const summary = ({ type, data }: Event) => `${type} ${data.salary?.amount ?? '-'}`;

test('a job, its salaries and its end come out in order, once, however often and in whatever pieces they came in', async () => {
  const id = newId();
  const salary = { id, job_id: id };
  const { records } = new SourceLog(used)
    .transaction((t) => {
      t.insertJob({ id });
      t.insertSalary(salary);
    })
    .transaction((t) => t.updateJob({ id, views: 40 }))
    .transaction((t) => t.updateSalary({ ...salary, amount: '50000.00' }))
    .transaction((t) => t.updateSalary({ ...salary, amount: '52000.00' }))
    .transaction((t) => {
      t.deleteSalary(salary);
      t.deleteJob({ id });
    });
  await put(records.slice(0, 1), id);
  await put(records.slice(0, 4), id);
  await put(records.slice(2), id);
  await put(records, id);

  const events = await consumer.receive(4, of(id));
  expect(events.map(summary)).toEqual([
    'JobCreated 48000.00',
    'JobSalaryUpdated 50000.00',
    'JobSalaryUpdated 52000.00',
    'JobDeleted -',
  ]);
  const sequences = events.map(({ sequence }) => sequence);
  expect(sequences).toEqual([...new Set(sequences)].toSorted());
  for (const { id: eventId, subject, group, deduplicationId } of events) {
    expect(group).toBe(subject);
    expect(deduplicationId).toBe(eventId);
  }
});

test('a job whose salary does not come is told without it after a while', async () => {
  const id = newId();
  await put(new SourceLog(used).transaction((t) => t.insertJob({ id })).records, id);
  expect((await consumer.receive(1, of(id))).map(summary)).toEqual(['JobCreated -']);
});

test('a salary that overtakes its job waits for it', async () => {
  const id = newId();
  const { records } = new SourceLog(used)
    .transaction((t) => t.insertJob({ id }))
    .transaction((t) => t.insertSalary({ id, job_id: id }));
  await put(records.slice(1), id);
  await put(records.slice(0, 1), id);
  expect((await consumer.receive(2, of(id))).map(summary)).toEqual(['JobCreated -', 'JobSalaryUpdated 48000.00']);
});

test('a record that nobody can read is laid aside with the reason, and holds up nobody', async () => {
  const [poisoned, other] = [newId(), newId()];
  const log = new SourceLog(used);
  const write = (id: number, amount: string) =>
    log.transaction((t) => {
      t.insertJob({ id });
      t.insertSalary({ id, job_id: id, amount });
    });
  write(poisoned, 'Lr5g');
  write(other, '1800.00');
  await put(log.records, poisoned);
  await put(['not a change'] as never, poisoned);

  expect((await consumer.receive(2, of(poisoned, other))).map(summary)).toEqual(['JobCreated 1800.00', 'JobCreated -']);
  const letters = await deadLetters('OnChangeRecordsDeadLetterQueue', ({ error }) => error.includes('amount'));
  expect(letters[0]).toMatchObject({ error: expect.stringContaining('decimal.handling.mode=string') });
});

test('what the topic refuses for a while comes out after that, in order, once', async () => {
  const id = newId();
  const salary = { id, job_id: id };
  const { records } = new SourceLog(used)
    .transaction((t) => {
      t.insertJob({ id });
      t.insertSalary(salary);
    })
    .transaction((t) => t.updateSalary({ ...salary, amount: '50000.00' }));
  const unpublished = async () => {
    const { Item } = await documents.send(new GetCommand({ TableName: positions, Key: { PK: `job#${id}` } }));
    return Item?.['unpublished']?.length as number | undefined;
  };
  await whileTopicRefuses(async () => {
    await put(records, id);
    await poll('a refusal', 20_000, async () => ((await unpublished()) === 2 ? true : undefined));
    await put(new SourceLog(used + 1e6).transaction((t) => t.deleteJob({ id })).records, id);
  });

  const events = await consumer.receive(3, of(id));
  expect(events.map(summary)).toEqual(['JobCreated 48000.00', 'JobSalaryUpdated 50000.00', 'JobDeleted -']);
  expect(await unpublished()).toBe(0);
});

test("the recorded change log comes out as each job's life", async () => {
  // To the end of a round that somebody else may have begun, of which others may have been told.
  await replayToTheEnd();
  const { Item } = await documents.send(new GetCommand({ TableName: positions, Key: { PK: 'replay' } }));
  const log = z.parse(changeLog, recorded);
  const { changes } = nextChanges(log, { generation: Item?.['generation'], next: 0 }, log.length);
  const world = new World();
  await world.takeIn(changes.map(({ data }) => JSON.parse(data)));
  await world.releaseAll();
  const expected = Map.groupBy(world.deliveries, ({ jobId }) => jobId);

  await replayToTheEnd();
  const events = await consumer.receive(world.deliveries.length, ({ subject }) => expected.has(subject));
  const came = Map.groupBy(events, ({ subject }) => subject as string);
  for (const [jobId, told] of expected)
    expect(came.get(jobId)?.map(({ id }) => id)).toEqual(told.map(({ event }) => event.id));
});

async function replayToTheEnd(): Promise<void> {
  const FunctionName = await physicalId('anti-corruption', 'OnReplayScheduleFunction');
  for (let left = 1; left > 0; ) {
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: '{"changes":150}' }));
    left = JSON.parse(Buffer.from(Payload ?? []).toString()).left;
  }
}

/** What lies in a dead-letter queue and fits, when it does. */
async function deadLetters(queue: string, fits: (letter: Event) => boolean): Promise<Event[]> {
  const QueueUrl = await physicalId('anti-corruption', queue);
  const letters: Event[] = [];
  return poll(`a letter in ${queue}`, 20_000, async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 1 }),
    );
    letters.push(...Messages.map(({ Body = '' }) => JSON.parse(Body)).filter(fits));
    return letters.length > 0 ? letters : undefined;
  });
}
