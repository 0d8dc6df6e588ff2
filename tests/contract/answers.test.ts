import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { at } from '../template/json.ts';
import { arrangeRows, arrangeSuccess, aws, request, type Sent, sampleOf, setEnvironment } from './backend-functions.ts';
import { answerProblems, headerProblems, type Operation, operationOf, operations } from './open-api.ts';

/** The real handlers give every answer that the document promises, and each is as promised. */

beforeAll(setEnvironment);
beforeEach(arrangeSuccess);

interface Scenario {
  readonly operations: readonly string[];
  readonly status: number;
  readonly arrange?: () => void;
  readonly sent?: Sent;
  readonly remainingMs?: number;
}

const conditionFailed = () => new ConditionalCheckFailedException({ message: 'condition', $metadata: {} });

/** Conditions of the transaction that starts an upload, in its order. */
function cancelled(...failed: ('place' | 'quota' | 'account')[]) {
  const CancellationReasons = (['place', 'quota', 'account'] as const).map((condition) => ({
    Code: failed.includes(condition) ? 'ConditionalCheckFailed' : 'None',
  }));
  aws.dynamo
    .on(TransactWriteCommand)
    .rejects(new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons }));
}

const all = operations.map(({ id }) => id);
const scenarios: readonly Scenario[] = [
  // First, because the endpoint is asked for once and then known.
  {
    operations: all,
    status: 500,
    arrange: () => {
      aws.dynamo.reset();
      aws.dynamo.rejects(new Error('table-1 is on fire'));
      aws.iot.rejects(new Error('table-1 is on fire'));
    },
  },
  { operations: ['getLocations', 'getLocation', 'getLocationPhotos', 'getImages', 'getImage'], status: 200 },
  { operations: ['getMyImages', 'getConfig'], status: 200 },
  { operations: ['postLocations'], status: 201 },
  { operations: ['deleteImage', 'deleteMe'], status: 204 },
  { operations: ['deleteMe'], status: 202, remainingMs: 1000 },
  { operations: ['getLocations', 'getImages', 'getMyImages'], status: 400, sent: { query: { limit: '0' } } },
  { operations: ['getLocation', 'getLocationPhotos'], status: 400, sent: { path: { placeId: '../me' } } },
  { operations: ['getImage', 'deleteImage'], status: 400, sent: { path: { photoId: '../me' } } },
  { operations: ['postLocations'], status: 400, sent: { body: '{"name":"Park"}' } },
  {
    operations: ['getLocation', 'getLocationPhotos', 'getImage'],
    status: 404,
    arrange: () => aws.dynamo.on(GetCommand).resolves({}),
  },
  { operations: ['deleteImage'], status: 404, arrange: () => aws.dynamo.on(UpdateCommand).rejects(conditionFailed()) },
  { operations: ['getImages'], status: 404, arrange: () => cancelled('place') },
  { operations: ['getImages'], status: 403, arrange: () => cancelled('account') },
  { operations: ['postLocations'], status: 403, arrange: () => arrangeRows({ closedAccount: {} }) },
  { operations: ['getImages'], status: 429, arrange: () => cancelled('quota') },
  {
    operations: ['postLocations'],
    status: 409,
    arrange: () => {
      aws.dynamo.on(PutCommand).rejects(conditionFailed());
      arrangeRows({ place: { placeId: 'a1', name: 'Another place' } });
    },
  },
];

const cases = scenarios.flatMap((scenario) =>
  operations
    .filter(({ id }) => scenario.operations.includes(id))
    .map((operation) => ({ title: `${operation.method} ${operation.path}`, operation, ...scenario })),
);

test.each(cases)('$title answers $status as documented', async ({ operation, status, arrange, sent, remainingMs }) => {
  arrange?.();
  const answer = await request(operation, sent, remainingMs);
  const path = sampleOf(operation.id).rawPath;
  expect(answer.status).toBe(status);
  expect(answer.headers['x-correlation-id']).toEqual(expect.any(String));
  expect(answer.body).not.toContain('table-1');
  expect(answerProblems(operation.method, path, status, String(answer.headers['content-type']), answer.body)).toEqual(
    [],
  );
  expect(headerProblems(operation.method, path, status, answer.headers)).toEqual([]);
});

/** API Gateway's own answers cannot be had from a function. */
function ownAnswersOf({ responses }: Operation): string[] {
  return [...responses]
    .filter(
      ([status, { value }]) => Number(status) < 400 || at(value, 'content.application/problem+json') !== undefined,
    )
    .map(([status]) => status);
}

test.each(operations)('$method $path documents no answer that it does not give', (operation) => {
  const given = cases.filter((one) => one.operation === operation).map(({ status }) => String(status));
  expect(ownAnswersOf(operation).sort()).toEqual(given.sort());
});

test('tells how long an exhausted quota lasts', async () => {
  cancelled('quota');
  const { headers } = await request(operationOf('getImages'));
  expect(headers['retry-after']).toMatch(/^[1-9]\d{0,4}$/);
});

test('a closed account adds no place', async () => {
  arrangeRows({ closedAccount: {} });
  await request(operationOf('postLocations'));
  expect(aws.dynamo.commandCalls(PutCommand)).toEqual([]);
});

test.each(['https://site.example/api', 'https://api.example'])('a place added at %s is found there', async (server) => {
  const { path } = operationOf('postLocations');
  const { headers, body } = await request(operationOf('postLocations'));
  const { href } = new URL(String(headers['location']), server + path);
  expect(href).toBe(server + operationOf('getLocation').path.replace('{placeId}', JSON.parse(body).placeId));
});
