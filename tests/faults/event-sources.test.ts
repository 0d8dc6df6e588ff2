import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { CreateTableCommand, DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, onTestFinished, test } from 'vitest';
import { poll } from '../../local/src/poll.ts';
import { documents, lambda, physicalId, site } from '../engine-fixture.ts';

/** What the engine does with a batch and its function's answer, as the services rely on it. The functions ask the test. */

const sqs = new SQSClient(site);

// biome-ignore lint/suspicious/noExplicitAny: the records of three kinds of sources
type Batch = any[];
type Play = (batch: Batch, invocation: number) => unknown;

const code = `export const handler = async (event) => {
  const response = await fetch(process.env.ASK, { method: 'POST', body: JSON.stringify(event) });
  if (!response.ok) throw new Error('as the test says');
  return response.json();
};`;

/** A function whose answers are played here; what it throws, it throws. */
async function functionThat(play: Play): Promise<{ FunctionName: string; batches: Batch[] }> {
  const batches: Batch[] = [];
  const server = createServer(async (request, response) => {
    const { Records } = JSON.parse(await text(request));
    batches.push(Records);
    try {
      response.end(JSON.stringify((await play(Records, batches.length)) ?? null));
    } catch {
      response.writeHead(500).end();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const FunctionName = `event-sources-${randomUUID()}`;
  const { Role } = await lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: await physicalId('backend', 'OnTableChangeFunction') }),
  );
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Timeout: 10,
      Environment: { Variables: { ASK: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } },
      Code: { ZipFile: zipSync({ 'index.mjs': strToU8(code) }) },
    }),
  );
  onTestFinished(async () => {
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
    server.closeAllConnections();
    server.close();
  });
  return { FunctionName, batches };
}

async function map(settings: CreateEventSourceMappingCommandInput): Promise<void> {
  const { UUID } = await lambda.send(new CreateEventSourceMappingCommand(settings));
  onTestFinished(async () => void (await lambda.send(new DeleteEventSourceMappingCommand({ UUID }))));
}

const stream: Partial<CreateEventSourceMappingCommandInput> = {
  StartingPosition: 'TRIM_HORIZON',
  FunctionResponseTypes: ['ReportBatchItemFailures'],
};

interface Source {
  arn: string;
  /** Adds a record of each name, in this order. */
  add(...names: string[]): Promise<void>;
  nameOf(record: Batch[number]): string;
  numberOf(record: Batch[number]): string;
}

async function tableStream(): Promise<Source> {
  const TableName = `event-sources-${randomUUID()}`;
  const { TableDescription } = await documents.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
  onTestFinished(async () => void (await documents.send(new DeleteTableCommand({ TableName }))));
  return {
    arn: TableDescription?.LatestStreamArn ?? '',
    async add(...names) {
      for (const id of names) await documents.send(new PutCommand({ TableName, Item: { id } }));
    },
    nameOf: (record) => record.dynamodb.Keys.id.S,
    numberOf: (record) => record.dynamodb.SequenceNumber,
  };
}

/** The engine takes the administrator's key for granted, unsigned. */
async function kinesis(operation: string, input: object): Promise<void> {
  const response = await fetch(site.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Kinesis_20131202.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${site.credentials.accessKeyId}/20260101/${site.region}/kinesis/aws4_request`,
    },
    body: JSON.stringify(input),
  });
  if (!response.ok) throw new Error(`${operation}: ${response.status} ${await response.text()}`);
}

async function kinesisStream(): Promise<Source> {
  const StreamName = `event-sources-${randomUUID()}`;
  await kinesis('CreateStream', { StreamName, ShardCount: 1 });
  onTestFinished(() => kinesis('DeleteStream', { StreamName }));
  return {
    arn: `arn:aws:kinesis:${site.region}:000000000000:stream/${StreamName}`,
    async add(...names) {
      const Records = names.map((name) => ({ PartitionKey: 'one', Data: Buffer.from(`«${name}»`).toString('base64') }));
      await kinesis('PutRecords', { StreamName, Records });
    },
    nameOf: (record) => Buffer.from(record.kinesis.data, 'base64').toString().slice(1, -1),
    numberOf: (record) => record.kinesis.sequenceNumber,
  };
}

async function queue() {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `event-sources-${randomUUID()}` }));
  onTestFinished(async () => void (await sqs.send(new DeleteQueueCommand({ QueueUrl }))));
  return {
    arn: `arn:aws:sqs:${site.region}:000000000000:${QueueUrl.split('/').at(-1)}`,
    add: (...names: string[]) =>
      sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: names.map((Id) => ({ Id, MessageBody: Id })) })),
    letter: () =>
      poll('a letter', 20_000, async () => {
        const { Messages: [message] = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }),
        );
        return message?.Body === undefined ? undefined : JSON.parse(message.Body);
      }),
  };
}

const failuresOf = (...identifiers: unknown[]) => ({
  batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
});

describe.each([
  ["a table's stream", tableStream, 'DDBStreamBatchInfo'],
  ['a Kinesis stream', kinesisStream, 'KinesisBatchInfo'],
] as const)('%s', (_kind, start, info) => {
  /** Adds the records before the mapping reads them, so that they come as one batch. */
  async function deliver(
    names: string[],
    play: (batch: string[], records: Batch, source: Source) => unknown,
    settings = {},
  ) {
    const source = await start();
    const { FunctionName, batches } = await functionThat((batch) => play(batch.map(source.nameOf), batch, source));
    await source.add(...names);
    await map({ FunctionName, EventSourceArn: source.arn, ...stream, ...settings });
    const seen = () => batches.map((batch) => batch.map(source.nameOf).join(''));
    return { source, seen, batches };
  }
  const soon = { timeout: 20_000 };

  test('comes again from the lowest record on that is reported, and no other does', async () => {
    let isSick = true;
    const { seen } = await deliver([...'abcdef'], (names, records, source) => {
      if (!isSick) return failuresOf();
      isSick = false;
      const [d, c] = ['d', 'c'].map((name) => source.numberOf(records[names.indexOf(name)]));
      return failuresOf(d, c);
    });
    await expect.poll(seen, soon).toEqual(['abcdef', 'cdef']);
  });

  test.each([
    ['an identifier that is none of its own', failuresOf('1')],
    ['an empty identifier', failuresOf('')],
    ['no identifier', { batchItemFailures: [{ sequenceNumber: '1' }] }],
    ['a list of something else', { batchItemFailures: 'all' }],
  ])('comes again whole after an answer with %s', async (_what, answer) => {
    const answers = [answer, null];
    const { seen } = await deliver([...'ab'], () => answers.shift());
    await expect.poll(seen, soon).toEqual(['ab', 'ab']);
  });

  test.each([
    ['nothing', null],
    ['an empty object', {}],
    ['no list', { batchItemFailures: null }],
  ])('is done after an answer with %s', async (_what, answer) => {
    const { source, seen } = await deliver([...'ab'], () => answer);
    await expect.poll(seen, soon).toEqual(['ab']);
    await source.add('c');
    await expect.poll(seen, soon).toEqual(['ab', 'c']);
  });

  test('is given up from the reported record on when its tries are used up, and the destination is told', async () => {
    const letters = await queue();
    const { source, seen, batches } = await deliver(
      [...'abc'],
      (names, records, source) =>
        names.includes('b') ? failuresOf(source.numberOf(records[names.indexOf('b')])) : null,
      { MaximumRetryAttempts: 1, DestinationConfig: { OnFailure: { Destination: letters.arn } } },
    );
    const letter = await letters.letter();
    const [b, c] = (batches[1] ?? []).map(source.numberOf);
    expect(letter).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 },
      [info]: { startSequenceNumber: b, endSequenceNumber: c, batchSize: 2, streamArn: source.arn },
    });
    await source.add('d');
    await expect.poll(seen, soon).toEqual(['abc', 'bc', 'd']);
  });

  test('is given up when it is older than its age allows', async () => {
    const letters = await queue();
    await deliver(['a'], (_names, records, source) => failuresOf(source.numberOf(records[0])), {
      MaximumRecordAgeInSeconds: 2,
      DestinationConfig: { OnFailure: { Destination: letters.arn } },
    });
    expect(await letters.letter()).toMatchObject({
      requestContext: { condition: 'RecordAgeExceeded' },
      [info]: { batchSize: 1 },
    });
  });

  test('is split until the record that fails the function is alone, and only that is given up', async () => {
    const letters = await queue();
    const { seen } = await deliver(
      [...'abcd'],
      (names) => {
        if (names.includes('c')) throw new Error();
      },
      {
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: letters.arn } },
      },
    );
    expect(await letters.letter()).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 1 },
      responseContext: { functionError: 'Unhandled' },
      [info]: { batchSize: 1 },
    });
    await expect.poll(seen, soon).toEqual(['abcd', 'ab', 'cd', 'c', 'd']);
  });

  test('waits for a fuller batch as long as its window says, and no longer than it is full', async () => {
    const { source, seen } = await deliver([], () => null, { MaximumBatchingWindowInSeconds: 3, BatchSize: 3 });
    const startedAt = Date.now();
    await source.add('a');
    await source.add('b');
    await expect.poll(seen, soon).toEqual(['ab']);
    expect(Date.now() - startedAt).toBeGreaterThan(2_900);
    await source.add(...'cde');
    await expect.poll(seen, { timeout: 2_500 }).toEqual(['ab', 'cde']);
  });

  test('is not held up by the slow function of another', async () => {
    const slow = Promise.withResolvers<null>();
    const one = await deliver(['a'], () => slow.promise);
    await expect.poll(one.seen, soon).toEqual(['a']);
    const other = await deliver(['b'], () => null);
    await expect.poll(other.seen, { timeout: 5_000 }).toEqual(['b']);
    slow.resolve(null);
  });
});

describe('a queue', () => {
  test('waits for a fuller batch, of more than ten too', async () => {
    const { arn, add } = await queue();
    const { FunctionName, batches } = await functionThat(() => null);
    await map({ FunctionName, EventSourceArn: arn, BatchSize: 12, MaximumBatchingWindowInSeconds: 3 });
    const names = Array.from({ length: 14 }, (_, i) => `m${i}`);
    const startedAt = Date.now();
    await add(...names.slice(0, 2));
    await expect.poll(() => batches.length, { timeout: 20_000 }).toBe(1);
    expect(Date.now() - startedAt).toBeGreaterThan(2_900);
    await add(...names.slice(2, 7));
    await add(...names.slice(7));
    await expect.poll(() => batches.map(({ length }) => length), { timeout: 2_500 }).toEqual([2, 12]);
  });
});

describe('a filter', () => {
  const image = (attributes: object) => ({ dynamodb: { NewImage: attributes } });

  test.each<[string, object, string[]]>([
    ['exists: false, of an attribute', image({ mark: { S: [{ exists: false }] } }), ['bare', 'number']],
    ['exists: true, of an attribute', image({ mark: { S: [{ exists: true }] } }), ['marked']],
    ['exists: true, of what is no leaf', image({ mark: [{ exists: true }] }), []],
    [
      'exists: false, of an image',
      { dynamodb: { OldImage: { id: { S: [{ exists: false }] } } } },
      ['bare', 'marked', 'number'],
    ],
    ['prefix', image({ mark: { S: [{ prefix: 'nega' }] } }), ['marked']],
    ['anything-but', image({ mark: { S: [{ 'anything-but': ['other'] }] } }), ['marked']],
    ['equals-ignore-case', image({ mark: { S: [{ 'equals-ignore-case': 'NEGATIVE' }] } }), ['marked']],
    ['numeric, of the text that a number is there', image({ stars: { N: [{ numeric: ['>', 1] }] } }), []],
    ['$or', { $or: [image({ stars: { N: ['2'] } }), image({ mark: { S: ['negative'] } })] }, ['marked', 'number']],
    ['eventName', { eventName: ['INSERT', 'MODIFY'] }, ['bare', 'marked', 'number']],
  ])('%s', async (_rule, pattern, expected) => {
    const source = await tableStream();
    const TableName = source.arn.split('/')[1];
    const { FunctionName, batches } = await functionThat(() => null);
    for (const Item of [{ id: 'bare' }, { id: 'marked', mark: 'negative' }, { id: 'number', stars: 2 }])
      await documents.send(new PutCommand({ TableName, Item }));
    const last = { eventName: ['INSERT'], dynamodb: { Keys: { id: { S: ['last'] } } } };
    await map({
      FunctionName,
      EventSourceArn: source.arn,
      ...stream,
      FilterCriteria: { Filters: [pattern, last].map((each) => ({ Pattern: JSON.stringify(each) })) },
    });
    await source.add('last');
    const seen = () => batches.flat().map(source.nameOf);
    await expect.poll(seen, { timeout: 20_000 }).toContain('last');
    expect(seen().filter((name) => name !== 'last')).toEqual(expected);
  });
});
