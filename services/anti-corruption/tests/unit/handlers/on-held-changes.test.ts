import '../environment.ts';

import { PublishBatchCommand } from '@aws-sdk/client-sns';
import { captureOutput, context } from '@happy-path/runtime/testing';
import type { SQSRecord } from 'aws-lambda';
import { beforeEach, expect, it } from 'vitest';
import { handler as takeIn } from '../../../src/handlers/on-change-records.ts';
import { handler } from '../../../src/handlers/on-held-changes.ts';
import { kinesisEvent } from '../../kinesis-event.ts';
import { SourceLog } from '../../source-log.ts';
import { aws, beginAnew, published, sentTo, table } from '../aws-world.ts';

captureOutput();
beforeEach(beginAnew);

const run = (...bodies: readonly unknown[]) => runAfter(1, ...bodies);
function runAfter(minutes: number, ...bodies: readonly unknown[]) {
  const attributes = { SentTimestamp: String(Date.now() - minutes * 60_000) };
  const records = bodies.map((body, n) => ({ messageId: `m-${n}`, body: JSON.stringify(body), attributes }));
  return handler({ Records: records as SQSRecord[] }, context);
}
const held = () => sentTo('held-changes').map(({ message }) => message);
const failed = (...n: readonly number[]) => ({ batchItemFailures: n.map((one) => ({ itemIdentifier: `m-${one}` })) });
const told = () => published().map(({ event }) => `${event.type} ${event.data.salary?.amount ?? '-'}`);

const { records } = new SourceLog().transaction((t) => {
  t.insertJob({ id: 1 });
  t.insertSalary({ id: 20_001, job_id: 1 });
});
const [job, salary] = [records.slice(0, 1), records.slice(1)];

it('tells a job without its salary when that has not come', async () => {
  await takeIn(kinesisEvent(job), context);
  expect(await run(...held())).toEqual(failed());
  expect(told()).toEqual(['JobCreated -']);
});

it('has nothing to tell of a job whose salary has come', async () => {
  await takeIn(kinesisEvent(job), context);
  await takeIn(kinesisEvent(salary), context);
  expect(await run(...held())).toEqual(failed());
  expect(told()).toEqual(['JobCreated 48000.00']);
});

it('tells a salary whose job has come', async () => {
  await takeIn(kinesisEvent(salary), context);
  const waiting = held();
  await takeIn(kinesisEvent(job), context);
  expect(await run(...waiting)).toEqual(failed());
  expect(told()).toEqual(['JobCreated 48000.00']);
});

it('reads a salary that waited in the log it came from, also when that has begun anew since', async () => {
  await takeIn(kinesisEvent(salary), context);
  const [{ record } = { record: {} }] = held();
  await takeIn(kinesisEvent(job), context);
  expect(await run({ record: { ...record, sourceEpoch: 0 } })).toEqual(failed());
  expect(table.get('job#1')?.['positions']).toMatchObject({ 'salaries#20001': expect.stringMatching(/^0000\./) });
});

it('leaves a salary in the queue whose job has not come, and the others are done', async () => {
  const other = new SourceLog(9_000_000).transaction((t) => t.insertJob({ id: 2 })).records;
  await takeIn(kinesisEvent([...salary, ...other]), context);
  expect(await run(...held())).toEqual(failed(1));
  expect(published().map(({ group }) => group)).toEqual(['2']);
  expect(held()).toHaveLength(2);
});

it('gives a salary up whose job has not come in a quarter of an hour', async () => {
  await takeIn(kinesisEvent(salary), context);
  const waiting = held();
  expect(await runAfter(14, ...waiting)).toEqual(failed(0));
  expect(sentTo('dead-letters')).toEqual([]);
  expect(await runAfter(16, ...waiting)).toEqual(failed());
  expect(sentTo('dead-letters').map(({ message }) => message)).toEqual([
    { error: expect.stringContaining('has not come'), record: waiting[0]?.record },
  ]);
});

it('never gives up a job that waits to be published, however long the topic refuses it', async () => {
  await takeIn(kinesisEvent(job), context);
  aws.sns.on(PublishBatchCommand).rejects(new Error('no connection'));
  expect(await runAfter(24 * 60, ...held())).toEqual(failed(0));
  expect(sentTo('dead-letters')).toEqual([]);
});

it('comes again with what could not be published', async () => {
  await takeIn(kinesisEvent(job), context);
  aws.sns.on(PublishBatchCommand).rejectsOnce(new Error('no connection')).resolves({});
  expect(await run(...held())).toEqual(failed(0));
  expect(await run(...held())).toEqual(failed());
  expect(told()).toEqual(['JobCreated -', 'JobCreated -']);
  expect(new Set(published().map(({ deduplicationId }) => deduplicationId)).size).toBe(1);
});

it('leaves to the dead-letter queue what nobody of this service has written', async () => {
  expect(await run({ release: {} }, 'x')).toEqual(failed(0, 1));
});
