import '../environment.ts';

import { PublishBatchCommand } from '@aws-sdk/client-sns';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { BatchGetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { handler } from '../../../src/handlers/on-change-records.ts';
import { kinesisEvent } from '../../kinesis-event.ts';
import { SourceLog, type SourceRecord } from '../../source-log.ts';
import { aws, beginAnew, published, publishedBatches, readItems, sentTo, table } from '../aws-world.ts';

const output = captureOutput();
beforeEach(beginAnew);

const run = (records: readonly (SourceRecord | string)[]) => handler(kinesisEvent(records), context);
const failed = (...n: readonly number[]) => ({ batchItemFailures: n.map((one) => ({ itemIdentifier: `seq-${one}` })) });
const counted = (name: string) => output.entries().filter((entry) => name in entry);

/** Jobs 1 to `count`, each with its salary, each in a transaction of its own. */
function paidJobs(count: number) {
  const log = new SourceLog();
  for (let id = 1; id <= count; id += 1)
    log.transaction((t) => {
      t.insertJob({ id });
      t.insertSalary({ id: id + 20_000, job_id: id });
    });
  return log;
}

describe('changes of jobs', () => {
  it('become events: grouped by job, deduplicated by the change, with their type as attribute', async () => {
    expect(await run(paidJobs(1).records)).toEqual(failed());
    expect(published()).toEqual([
      {
        group: '1',
        deduplicationId: 'jobs:1:0001.00000000003221225624.1',
        attribute: 'JobCreated',
        event: {
          specversion: '1.0',
          id: 'jobs:1:0001.00000000003221225624.1',
          source: 'custom.happyPath/anti-corruption',
          type: 'JobCreated',
          subject: '1',
          time: '2026-06-16T23:08:32.942Z',
          datacontenttype: 'application/json',
          dataschema: 'urn:happy-path:event:anti-corruption:JobCreated:v1',
          sequence: '0001.00000000003221225624.1.0000000001',
          data: {
            version: 1,
            jobId: '1',
            title: 'Pastry chef',
            company: 'Forn Baluard',
            location: 'Barcelona',
            employmentType: 'FULL_TIME',
            salary: { amount: '48000.00', currency: 'EUR', period: 'YEAR' },
          },
        },
      },
    ]);
  });

  it('are known when they come again, to another invocation of the same function', async () => {
    const { records } = paidJobs(2);
    await run(records);
    expect(await run(records)).toEqual(failed());
    expect(published()).toHaveLength(2);
    expect(counted('ChangesRepeated').map((entry) => entry['ChangesRepeated'])).toEqual([0, 4]);
  });

  it('are told from what earlier invocations have told of the job', async () => {
    const log = paidJobs(1);
    const early = log.transaction((t) => t.insertSalary({ id: 20_002, job_id: 1, amount: '1.00' })).records.splice(2);
    log.transaction((t) => t.deleteJob({ id: 1 })).transaction((t) => t.insertJob({ id: 1 }));
    log.transaction((t) => t.updateJob({ id: 1, views: 1 }));
    for (const record of [...log.records, ...early]) await run([record]);
    expect(published().map(({ attribute, event }) => `${attribute} ${event.sequence.slice(-2)}`)).toEqual([
      'JobCreated 01',
      'JobDeleted 02',
      'JobCreated 03',
    ]);
  });

  it('are counted by what becomes of them', async () => {
    const log = paidJobs(1)
      .transaction((t) => t.updateJob({ id: 1, views: 7 }))
      .transaction((t) => t.updateSalary({ id: 20_001, job_id: 1, amount: '50000.00' }));
    await run([...log.records, 'null', '{', ...log.records.slice(0, 1)]);
    const [numbers] = counted('ChangesReceived');
    expect(numbers).toMatchObject({ ChangesReceived: 7, ChangesRepeated: 1, ChangesEarly: 0, ChangesGivenUp: 1 });
    expect(counted('ChangesIgnored').map(({ reason, ChangesIgnored }) => [reason, ChangesIgnored])).toEqual([
      ['tombstone', 1],
      ['job-updated', 1],
    ]);
    expect(counted('EventsPublished').map(({ type, EventsPublished }) => [type, EventsPublished])).toEqual([
      ['JobCreated', 1],
      ['JobSalaryUpdated', 1],
    ]);
  });
});

describe('publishing', () => {
  it('puts at most one event of a job into a call, and its next after that', async () => {
    const log = paidJobs(12);
    for (const amount of ['50000.00', '51000.00'])
      for (let id = 1; id <= 12; id += 1)
        log.transaction((t) => t.updateSalary({ id: id + 20_000, job_id: id, amount }));
    await run(log.records);
    expect(publishedBatches().map((batch) => batch.length)).toEqual([10, 2, 10, 2, 10, 2]);
    for (const batch of publishedBatches()) expect(new Set(batch.map(({ group }) => group)).size).toBe(batch.length);
  });

  it('tries what was refused again before anything later of that job, and others go on', async () => {
    const log = paidJobs(2);
    for (const id of [1, 2])
      log.transaction((t) => t.updateSalary({ id: id + 20_000, job_id: id, amount: '50000.00' }));
    const Failed = [{ Id: '1', Code: 'InternalError', Message: 'try again', SenderFault: false }];
    aws.sns.on(PublishBatchCommand).resolvesOnce({ Failed }).resolves({});
    expect(await run(log.records)).toEqual(failed());
    expect(publishedBatches().map((batch) => batch.map(({ group, attribute }) => `${group} ${attribute}`))).toEqual([
      ['1 JobCreated', '2 JobCreated'],
      ['2 JobCreated'],
      ['1 JobSalaryUpdated', '2 JobSalaryUpdated'],
    ]);
  });

  it('that goes on failing for a job fails its records, tells nothing later of it, and is taken up by the next invocation', async () => {
    const { records } = paidJobs(3);
    const refuse = ({ PublishBatchRequestEntries: entries = [] }) => ({
      Failed: (entries as { Id: string; MessageGroupId: string }[])
        .filter(({ MessageGroupId }) => MessageGroupId === '2')
        .map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
    });
    aws.sns.on(PublishBatchCommand).callsFake(refuse);
    expect(await run(records)).toEqual(failed(2));
    expect(table.get('job#2')).toMatchObject({ unpublished: [{ type: 'JobCreated' }] });
    expect(table.get('job#3')).toMatchObject({ unpublished: [] });

    aws.sns.reset();
    aws.sns.on(PublishBatchCommand).resolves({});
    expect(await run(records)).toEqual(failed());
    expect(published().map(({ group }) => group)).toEqual(['2']);
  });

  it('that fails altogether reports the lowest record, from which Kinesis comes again', async () => {
    aws.sns.on(PublishBatchCommand).rejects(new Error('no connection'));
    expect(await run(['null', ...paidJobs(2).records])).toEqual(failed(1));
    expect(output.entries()).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        record: 'seq-1',
        jobId: '1',
        message: 'a change could not be handled',
      }),
    );
  });
});

describe('what cannot be told yet', () => {
  it('is a job whose salary may follow: it is held, and looked at again', async () => {
    await run(new SourceLog().transaction((t) => t.insertJob({ id: 1 })).records);
    expect(published()).toEqual([]);
    expect(sentTo('held-changes')).toEqual([
      { message: { release: { jobId: '1', eventId: 'jobs:1:0001.00000000003221225624.1' } }, DelaySeconds: 10 },
    ]);
  });

  it('is a salary without its job: it is set aside as it came, and does not hold up the stream', async () => {
    const { records } = paidJobs(2);
    expect(await run(records.slice(1))).toEqual(failed());
    expect(sentTo('held-changes')).toEqual([
      { message: { record: { ...kinesisEvent(records.slice(1)).Records[0], sourceEpoch: 1 } }, DelaySeconds: 5 },
    ]);
    expect(published().map(({ group }) => group)).toEqual(['2']);
  });

  it('fails when the queue does not take it', async () => {
    aws.sqs.on(SendMessageCommand).rejects(new Error('the queue is gone'));
    expect(await run(paidJobs(2).records.slice(1))).toEqual(failed(0));
  });
});

describe('what nobody can read', () => {
  it.each([
    ['no JSON', '{', /JSON/],
    ['no record of a known tool', '{"a":1}', /neither one of Debezium/],
    ['an array', '[]', /no JSON object/],
    [
      'a truncate of all jobs',
      '{"op":"t","before":null,"after":null,"source":{"connector":"postgresql","table":"jobs","ts_ms":1,"lsn":9,"txId":1}}',
      /truncate of jobs/,
    ],
  ])('is laid aside at once with the reason: %s', async (_, text, reason) => {
    expect(await run([text, ...paidJobs(1).records])).toEqual(failed());
    expect(sentTo('dead-letters').map(({ message }) => message)).toEqual([
      { error: expect.stringMatching(reason), record: { ...kinesisEvent([text]).Records[0], sourceEpoch: 1 } },
    ]);
    expect(published()).toHaveLength(1);
  });

  it('is named by its place in the stream when it is too large for a letter', async () => {
    const [salary = {}] = paidJobs(1).records.slice(1);
    const notes = 'x'.repeat(800_000);
    const early = { ...salary, after: { ...(salary['after'] as object), notes } };
    const unknown = { ...early, after: { ...early.after, period: notes } };
    expect(await run([`{${notes}`, early, unknown])).toEqual(failed());
    const place = (n: number) => ({
      eventID: `shardId-000000000000:${n}`,
      kinesis: { partitionKey: 'key', sequenceNumber: `seq-${n}` },
      sourceEpoch: 1,
    });
    expect(sentTo('dead-letters').map(({ message }) => message)).toEqual([
      { error: expect.stringMatching(/JSON.*too large/s), record: place(0) },
      { error: expect.stringMatching(/job.*too large/s), record: place(1) },
      { error: expect.stringMatching(/period.*too large/s), record: place(2) },
    ]);
    for (const { message } of sentTo('dead-letters')) expect(JSON.stringify(message).length).toBeLessThan(10_000);
    expect(sentTo('held-changes')).toEqual([]);
  });

  it('is read in the log that its letter names, when it is given to the function again', async () => {
    const [record] = kinesisEvent(paidJobs(1).records).Records;
    await handler({ Records: [{ ...record, sourceEpoch: 7 }] }, context);
    expect(table.get('job#1')?.['positions']).toEqual({ 'jobs#1': '0007.00000000003221225624.1' });
    await expect(handler({ Records: [{ ...record, sourceEpoch: 10_000 }] }, context)).rejects.toThrow('sourceEpoch');
  });

  it('is an event that is no batch: that is a fault', async () => {
    await expect(handler({ Records: [{}] }, context)).rejects.toThrow('The event cannot be read: Records.0.kinesis');
  });
});

describe('the table', () => {
  it('that another writer has changed meanwhile is asked again', async () => {
    const { records } = paidJobs(1);
    await run(records.slice(0, 1));
    const stale = structuredClone(table.get('job#1'));
    await run(records.slice(1));
    aws.documents
      .on(BatchGetCommand)
      .resolvesOnce({ Responses: { positions: [stale as never] } })
      .callsFake(readItems);
    expect(await run(records.slice(1))).toEqual(failed());
    expect(published()).toHaveLength(1);
  });

  it('that hands back keys is asked for these again', async () => {
    const { records } = paidJobs(1);
    await run(records);
    const UnprocessedKeys = { positions: { Keys: [{ PK: 'job#1' }] } };
    aws.documents.on(BatchGetCommand).resolvesOnce({ Responses: {}, UnprocessedKeys }).callsFake(readItems);
    await run(records);
    expect(published()).toHaveLength(1);
  });

  it('that cannot be read or written fails the batch', async () => {
    aws.documents.on(PutCommand).rejects(new Error('throttled'));
    expect(await run(paidJobs(2).records)).toEqual(failed(0));
    aws.documents.on(BatchGetCommand).rejects(new Error('throttled'));
    expect(await run(paidJobs(2).records)).toEqual(failed(0));
  });

  it('keeps an open job for good, and a deleted one for some time', async () => {
    const log = paidJobs(1);
    await run(log.records);
    expect(table.get('job#1')?.['expiresAt']).toBeUndefined();
    await run(log.transaction((t) => t.deleteJob({ id: 1 })).records);
    const days = (Number(table.get('job#1')?.['expiresAt']) - Date.now() / 1000) / 86_400;
    expect(Math.round(days)).toBe(90);
  });
});
