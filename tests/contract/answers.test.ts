import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { items, textsIn } from '../template/json.ts';
import { describeAnswers, type Scenario } from './answer-rules.ts';
import * as functions from './backend-functions.ts';
import {
  arrangeLists,
  arrangePlace,
  arrangeRefusal,
  arrangeSuccess,
  aws,
  request,
  sampleOf,
  setEnvironment,
} from './backend-functions.ts';
import { openApiOf } from './open-api.ts';

const api = openApiOf('backend');
const { answerProblems, headerProblems, operationOf, operations } = api;

beforeAll(setEnvironment);
beforeEach(arrangeSuccess);

const conditionFailed = () => new ConditionalCheckFailedException({ message: 'condition', $metadata: {} });

const all = operations.map(({ id }) => id);
const scenarios: readonly Scenario[] = [
  {
    operations: all.filter((id) => id !== 'getConfig'),
    status: 500,
    arrange: () => {
      aws.dynamo.reset();
      aws.dynamo.rejects(new Error('table-1 is on fire'));
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
    operations: ['getLocation', 'getLocationPhotos', 'getImages', 'getImage'],
    status: 404,
    arrange: () => aws.dynamo.on(GetCommand).resolves({}),
  },
  { operations: ['deleteImage'], status: 404, arrange: () => aws.dynamo.on(UpdateCommand).rejects(conditionFailed()) },
  { operations: ['getImages', 'postLocations'], status: 403, arrange: () => arrangeRefusal('account') },
  { operations: ['getImages', 'postLocations'], status: 429, arrange: () => arrangeRefusal('quota') },
  {
    operations: ['postLocations'],
    status: 409,
    arrange: () => {
      arrangeRefusal('put');
      arrangePlace({ placeId: 'a1', name: 'Another place' });
    },
  },
];

// First, because the endpoint is asked for once and then known.
test('GET /config answers as documented while IoT Core names no endpoint', async () => {
  aws.iot.rejects(new Error('table-1 is on fire'));
  const { method, path } = operationOf('getConfig');
  const { status, headers, body } = await request(operationOf('getConfig'));
  expect(status).toBe(200);
  expect(body).not.toMatch(/realtime|table-1/);
  expect(answerProblems(method, path, status, String(headers['content-type']), body)).toEqual([]);
  expect(headerProblems(method, path, status, headers)).toEqual([]);
});

describeAnswers(api, functions, scenarios);

/** Operations that count against a daily quota. */
const counting = ['getImages', 'postLocations'].map(operationOf);

test.each(counting)('$method $path tells how large an exhausted quota is and how long it lasts', async (operation) => {
  arrangeRefusal('quota');
  const { headers, body } = await request(operation);
  expect(headers['retry-after']).toMatch(/^[1-9]\d{0,4}$/);
  expect(textsIn(operation.responses.get('429')?.value)).toContain(JSON.parse(body).detail);
});

test.each(counting)('$method $path stores all or nothing: quota, open account, item', async (operation) => {
  await request(operation);
  expect(aws.dynamo.commandCalls(PutCommand)).toEqual([]);
  const [transaction, ...others] = aws.dynamo.commandCalls(TransactWriteCommand);
  expect(others).toEqual([]);
  // In the order of `quotaConditions`, which the refusals above count on.
  expect(transaction?.args[0].input.TransactItems).toEqual([
    { Update: expect.objectContaining({ Key: expect.objectContaining({ PK: expect.stringMatching(/^quota#/) }) }) },
    { ConditionCheck: expect.objectContaining({ Key: expect.objectContaining({ SK: 'closed' }) }) },
    { Put: expect.objectContaining({ ConditionExpression: 'attribute_not_exists(PK)' }) },
  ]);
});

test('an upload at a place that does not exist is not counted', async () => {
  arrangePlace(undefined);
  expect(await request(operationOf('getImages'))).toMatchObject({ status: 404 });
  expect(aws.dynamo.commandCalls(TransactWriteCommand)).toEqual([]);
});

describe('a place with coordinates of more than seven decimals', () => {
  const sample = JSON.parse(sampleOf('postLocations').body ?? '');
  const body = JSON.stringify({ ...sample, lat: 41.38810004999, lng: 2.18600005001 });

  test('is kept with seven', async () => {
    const answer = await request(operationOf('postLocations'), { body });
    const { placeId, ...place } = JSON.parse(answer.body);
    expect(place).toEqual({ ...sample, lat: 41.3881, lng: 2.1860001 });
    const [call] = aws.dynamo.commandCalls(TransactWriteCommand);
    expect(items(call?.args[0].input.TransactItems)).toContainEqual({
      Put: expect.objectContaining({ Item: expect.objectContaining({ placeId, ...place }) }),
    });
  });

  test.each([
    ['on the same day', ['put']],
    ['when the quota is used up', ['quota', 'put']],
  ] as const)('is found again when the request is repeated %s', async (_, failed) => {
    const first = await request(operationOf('postLocations'), { body });
    arrangeRefusal(...failed);
    arrangePlace(JSON.parse(first.body));
    expect(await request(operationOf('postLocations'), { body })).toMatchObject({ status: 201, body: first.body });
  });
});

test('a page without places may have a next one; the places come on a later page', async () => {
  const { method, path } = operationOf('getLocations');
  const sample = JSON.parse(sampleOf('postLocations').body ?? '');
  arrangeLists([{ placeId: 'far', ...sample, lat: 84.78, lng: 0 }]);
  const pages: unknown[][] = [];
  let cursor: unknown;
  do {
    expect(pages.length).toBeLessThan(10);
    const query = { lat: '85', lng: '0', radiusKm: '25', ...(typeof cursor === 'string' && { cursor }) };
    const { status, headers, body } = await request(operationOf('getLocations'), { query });
    expect(answerProblems(method, path, status, String(headers['content-type']), body)).toEqual([]);
    pages.push(JSON.parse(body).locations);
    cursor = JSON.parse(body).cursor;
  } while (cursor !== undefined);
  expect(pages[0]).toEqual([]);
  expect(pages.flat()).toEqual([expect.objectContaining({ placeId: 'far' })]);
});

test.each(['https://site.example/api', 'https://api.example'])('a place added at %s is found there', async (server) => {
  const { path } = operationOf('postLocations');
  const { headers, body } = await request(operationOf('postLocations'));
  const { href } = new URL(String(headers['location']), server + path);
  expect(href).toBe(server + operationOf('getLocation').path.replace('{placeId}', JSON.parse(body).placeId));
});
