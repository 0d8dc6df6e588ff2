import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { at } from '../template/json.ts';
import { parseTemplate } from '../template/sam-template.ts';
import { boundariesOf } from './boundaries.ts';
import { describeDocument } from './document-rules.ts';
import { handlerFile } from './functions.ts';
import { child, openApiOf } from './open-api.ts';

const api = openApiOf('inventory');
const { operations, operationOf, answerProblems, headerProblems } = api;
const dynamo = mockClient(DynamoDBDocumentClient);
const textOf = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
const read = (path: string) => JSON.parse(textOf(path));
const sampleOf = (id: string) => read(`events/invoke/inventory/${handlerFile(id)}.json`);

const job = {
  jobId: '10017',
  title: 'Pastry chef',
  company: 'Forn Baluard',
  location: 'Barcelona',
  employmentType: 'FULL_TIME',
  openedAt: '2026-06-14T09:41:27.318Z',
};
const key = { jobId: '10017', listing: 'open', openedKey: '2026-06-14T09:41:27.318Z#10017' };
const row = { ...job, ...key, sequence: '0001.00000000003221225784.1.0000000001' };

beforeAll(() => {
  Object.assign(process.env, {
    AWS_REGION: 'eu-west-1',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
    POWERTOOLS_METRICS_NAMESPACE: 'HappyPath',
    POWERTOOLS_SERVICE_NAME: 'inventory',
    TABLE_NAME: 'jobs',
    DEAD_LETTER_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/dead-letters.fifo',
    MAX_RECEIVE_COUNT: '5',
    TOMBSTONE_DAYS: '90',
  });
});
beforeEach(() => {
  dynamo.reset();
  dynamo.on(GetCommand).resolves({ Item: row });
  dynamo.on(QueryCommand).resolves({ Items: [row], LastEvaluatedKey: key });
});

interface Sent {
  readonly query?: Record<string, string>;
  readonly path?: Record<string, string>;
}

async function request(id: string, { query, path }: Sent = {}) {
  const { method, path: route } = operationOf(id);
  const sample = sampleOf(id);
  const { handler } = await import(`../../services/inventory/src/handlers/${handlerFile(id)}.ts`);
  const event = {
    ...sample,
    ...(query && { queryStringParameters: query }),
    ...(path && { pathParameters: path }),
  };
  const answer: APIGatewayProxyStructuredResultV2 = await handler(event, {});
  const { statusCode: status = 0, headers = {}, body = '' } = answer;
  expect(answerProblems(method, sample.rawPath, status, String(headers['content-type']), body)).toEqual([]);
  expect(headerProblems(method, sample.rawPath, status, headers)).toEqual([]);
  expect(sample.routeKey).toBe(`${method} ${route}`);
  return { status, body: JSON.parse(body) };
}

const template = 'services/inventory/template.yaml';
describe("inventory's document", () => describeDocument(api, parseTemplate(template, textOf(template))));

test('GET /jobs shows what its page holds, and where the next one begins', async () => {
  const first = await request('getJobs');
  expect(first).toEqual({ status: 200, body: { jobs: [job], cursor: expect.any(String) } });
  await request('getJobs', { query: { cursor: first.body.cursor } });
  const [asked, again] = dynamo.commandCalls(QueryCommand).map(({ args }) => args[0].input);
  expect(asked).toMatchObject({ IndexName: 'OpenJobs', Limit: 10, ScanIndexForward: false });
  expect(again).toMatchObject({ Limit: 20, ExclusiveStartKey: key });
});

test('GET /jobs ends where there is no further page', async () => {
  dynamo.on(QueryCommand).resolves({ Items: [] });
  expect(await request('getJobs')).toEqual({ status: 200, body: { jobs: [] } });
});

test('GET /jobs/{jobId} shows the job and nothing of how it is stored', async () => {
  expect(await request('getJob')).toEqual({ status: 200, body: job });
});

test.each([
  ['was never there', {}],
  ['is gone', { Item: { jobId: '10017', sequence: row.sequence, goneAt: job.openedAt, expiresAt: 1 } }],
])('GET /jobs/{jobId} answers 404 for a job that %s', async (_, found) => {
  dynamo.on(GetCommand).resolves(found);
  expect(await request('getJob')).toMatchObject({ status: 404, body: { detail: 'There is no open job 10017' } });
});

test.each(operations.map(({ id }) => id))('%s answers 500 without a word on the inside', async (id) => {
  dynamo.reset();
  dynamo.rejects(new Error('table-1 is on fire'));
  const { status, body } = await request(id);
  expect(status).toBe(500);
  expect(JSON.stringify(body)).not.toContain('table-1');
});

const refused = (id: string, sent: Sent) => request(id, sent).then(({ status }) => status);
const parameters = operations.flatMap(({ id, parameters: all }) =>
  all.filter(({ name }) => name !== 'X-Correlation-Id' && name !== 'cursor').map((parameter) => ({ id, ...parameter })),
);

describe.each(parameters)('$id: $name', ({ id, name, in: place, schema }) => {
  const { accepted, refused: wrong } = boundariesOf(schema.value);
  const send = (value: unknown) => refused(id, { [place]: { [name]: String(value) } });

  test.each(accepted)('may be %j', async (value) => {
    expect(await send(value)).toBe(200);
  });

  test.each(wrong)('may not be %j', async (value) => {
    expect(await send(value)).toBe(400);
    expect(dynamo.calls()).toEqual([]);
  });
});

test.each(['x', 'e30', Buffer.from('{"jobId":"1","openedKey":"x","more":1}').toString('base64url'), 'A'.repeat(401)])(
  'getJobs refuses the cursor %j',
  async (cursor) => {
    expect(await refused('getJobs', { query: { cursor } })).toBe(400);
  },
);

test('getJobs refuses a parameter that it does not know', async () => {
  expect(await request('getJobs', { query: { limits: '10' } })).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'limits', rule: 'is not known' }] },
  });
});

test('a job has the fields, and their rules, of the event that creates it', () => {
  const documented = Object(
    child(
      operationOf('getJob').responses.get('200') ?? missing(),
      'content',
      'application/json',
      'schema',
      'properties',
    )?.value,
  );
  const { properties } = read('events/anti-corruption/JobCreated.v1.schema.json').properties.data;
  for (const field of ['title', 'company', 'location']) expect(documented[field]).toEqual(properties[field]);
  expect(at(documented, 'employmentType.enum')).toEqual(properties.employmentType.enum);
  expect(at(operationOf('getJob').parameters[0]?.schema.value, 'pattern')).toBe(properties.jobId.pattern);
});

function missing(): never {
  throw new Error('getJob documents no answer');
}

test('on-job-event takes its sample: the job of the events is opened and closed', async () => {
  dynamo.on(PutCommand).resolves({});
  const { handler } = await import('../../services/inventory/src/handlers/on-job-event.ts');
  const context = { getRemainingTimeInMillis: () => 10_000 };
  expect(await handler(read('events/invoke/inventory/on-job-event.json'), context as never)).toEqual({
    batchItemFailures: [],
  });
  const [opened, closed] = dynamo.commandCalls(PutCommand).map(({ args }) => args[0].input.Item);
  expect(opened).toMatchObject(job);
  expect(closed).toMatchObject({ jobId: job.jobId, goneAt: expect.any(String) });
});
