import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { poll } from '../../local/src/poll.ts';
import { SourceLog, type SourceRecord } from '../../services/anti-corruption/tests/source-log.ts';
import { physicalId } from '../engine-fixture.ts';
import { Consumer, type Event, putRecords, sqs } from '../job-events.ts';

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
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map(({ sequence }) => sequence).toSorted());
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
