import { setTimeout as sleep } from 'node:timers/promises';
import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { BatchGetCommand, DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { context } from '@happy-path/runtime/testing';
import { kinesisEvent } from '../services/anti-corruption/tests/kinesis-event.ts';
import { SourceLog } from '../services/anti-corruption/tests/source-log.ts';
import { goalAtLeast, heading, table } from './report.ts';

const changes = 50_000;
const changesPerJob = 10;
/** As in the template. */
const batchSize = 100;
/** What a shard of Kinesis takes: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
const shardPerSecond = 1000;
const callMs = 10;

/** Changes a second through the real handler, with the services of AWS in memory. */
export async function benchChanges() {
  heading(`Changes of a database: ${changes} through the handler, in batches of ${batchSize}`);
  const batches = batchesOf(records());
  const rows = [];
  for (const [way, delayMs] of [
    ['no time for calls: the processor alone', 0],
    [`${callMs} ms for every call of AWS`, callMs],
  ] as const) {
    const { perSecond, published } = await translate(batches, delayMs);
    rows.push([way, perSecond.toFixed(0), (perSecond / shardPerSecond).toFixed(1), String(published)]);
    goalAtLeast(`changes a second / a shard's limit, ${way}`, [perSecond / shardPerSecond], delayMs ? 1 : 3, ' x', 1);
  }
  table(['', 'changes/s', "x a shard's limit", 'events'], rows);
}

/** Jobs that are written with a salary, viewed, paid better and taken down, hundreds at a time. */
function records() {
  const log = new SourceLog();
  const jobs = Array.from({ length: changes / changesPerJob }, (_, n) => n + 1);
  for (let first = 0; first < jobs.length; first += 500) {
    const group = jobs.slice(first, first + 500);
    const salary = (id: number, raise: number) => ({ id: id + 1e6, job_id: id, amount: `${30_000 + 500 * raise}.00` });
    for (const id of group)
      log.transaction((t) => {
        t.insertJob({ id });
        t.insertSalary(salary(id, 0));
      });
    for (let raise = 1; raise <= 3; raise += 1) {
      for (const id of group) log.transaction((t) => t.updateJob({ id, views: 40 * raise }));
      for (const id of group) log.transaction((t) => t.updateSalary(salary(id, raise)));
    }
    for (const id of group)
      log.transaction((t) => {
        t.deleteSalary(salary(id, 3));
        t.deleteJob({ id });
      });
  }
  return log.records;
}

const batchesOf = (all: ReturnType<typeof records>) =>
  Array.from({ length: all.length / batchSize }, (_, n) => kinesisEvent(all.slice(n * batchSize, (n + 1) * batchSize)));

async function translate(batches: ReturnType<typeof batchesOf>, delayMs: number) {
  const counts = await inMemory(delayMs);
  const { handler } = await import('../services/anti-corruption/src/handlers/on-change-records.ts');
  const quiet = silence();
  let passed: number;
  try {
    const start = performance.now();
    for (const batch of batches) {
      const { batchItemFailures } = await handler(batch, context);
      if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} changes failed`);
    }
    passed = performance.now() - start;
  } finally {
    quiet.end();
  }
  return { perSecond: (1000 * changes) / passed, published: counts.published };
}

type Send = (command: { readonly input: unknown }) => Promise<unknown>;

/** Puts tables, topic and queues into this process. Each call takes a while, side by side with others. */
async function inMemory(delayMs: number) {
  Object.assign(process.env, {
    AWS_REGION: 'eu-west-1',
    TABLE_NAME: 'positions',
    TOPIC_ARN: 'topic',
    DEAD_LETTER_QUEUE_URL: 'dead-letters',
    HELD_CHANGES_QUEUE_URL: 'held-changes',
    HOLD_SECONDS: '10',
    SOURCE_EPOCH: '1',
    KEEP_DELETED_DAYS: '90',
    POWERTOOLS_SERVICE_NAME: 'anti-corruption',
    POWERTOOLS_METRICS_NAMESPACE: 'HappyPath',
  });
  const items = new Map<string, Record<string, unknown>>();
  const counts = { published: 0 };
  const answer = (command: unknown): unknown => {
    if (command instanceof BatchGetCommand) {
      const keys = command.input.RequestItems?.['positions']?.Keys ?? [];
      return { Responses: { positions: keys.flatMap(({ PK }) => items.get(PK) ?? []) } };
    }
    if (command instanceof PutCommand && command.input.Item) items.set(command.input.Item['PK'], command.input.Item);
    if (command instanceof UpdateCommand) {
      const { Key, ExpressionAttributeValues: values } = command.input;
      items.set(Key?.['PK'], { ...items.get(Key?.['PK']), unpublished: [], revision: values?.[':next'] });
    }
    if (command instanceof PublishBatchCommand)
      counts.published += command.input.PublishBatchRequestEntries?.length ?? 0;
    return {};
  };
  const send: Send = async (command) => {
    if (delayMs > 0) await sleep(delayMs);
    return answer(command);
  };
  for (const client of [DynamoDBDocumentClient, SNSClient, SQSClient]) Object.assign(client.prototype, { send });
  return counts;
}

/** A function's log goes where nobody waits for it. */
function silence() {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  return { end: () => Object.assign(process.stdout, { write }) };
}
