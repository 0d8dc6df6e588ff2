import {
  ConditionalCheckFailedException,
  PutItemCommand,
  type PutItemCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { describeAnswers, type Scenario } from './answer-rules.ts';
import { openApiOf } from './open-api.ts';
import * as functions from './reviews-functions.ts';

const { arrangeRefusal, arrangeSuccess, aws, request, setEnvironment } = functions;
const api = openApiOf('reviews');
const all = api.operations.map(({ id }) => id);

const scenarios: readonly Scenario[] = [
  {
    operations: all,
    status: 500,
    arrange: () => {
      aws.dynamo.reset();
      aws.dynamo.rejects(new Error('table-1 is on fire'));
    },
  },
  { operations: ['getReviews', 'getReview', 'getReviewMedia', 'getNegativeReviews'], status: 200 },
  { operations: ['deleteReview'], status: 204 },
  { operations: ['postReviews'], status: 201 },
  { operations: ['getReviews', 'getNegativeReviews'], status: 400, sent: { query: { limit: '0' } } },
  {
    operations: ['getReview', 'deleteReview', 'getReviewMedia'],
    status: 400,
    sent: { path: { reviewId: '../me' } },
  },
  { operations: ['postReviews'], status: 400, sent: { body: '{"rating":1}' } },
  {
    operations: ['getReview', 'deleteReview', 'getReviewMedia'],
    status: 404,
    arrange: () => aws.dynamo.on(GetCommand).resolves({}),
  },
  { operations: ['postReviews', 'getReviewMedia'], status: 403, arrange: () => arrangeRefusal('account') },
  { operations: ['getNegativeReviews'], status: 403, sent: { claims: { 'cognito:groups': '[staff]' } } },
  {
    operations: ['getReviewMedia'],
    status: 409,
    arrange: () => {
      const picture = { status: 'PUBLISHED', createdAt: '2026-06-14T10:03:00.000Z', correlationId: 'b7e1c2f4' };
      const media = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((id) => [id.repeat(32), picture]));
      aws.dynamo.on(GetCommand).resolves({ Item: { ...functions.storedReview, media } });
    },
  },
  { operations: ['postReviews', 'getReviewMedia'], status: 429, arrange: () => arrangeRefusal('quota') },
  {
    operations: ['postReviews'],
    status: 409,
    arrange: () => {
      arrangeRefusal('put');
      aws.dynamo.on(GetCommand).resolves({ Item: { ...functions.storedReview, text: 'Another one' } });
    },
  },
];

describeAnswers(api, functions, scenarios);

beforeAll(setEnvironment);
beforeEach(arrangeSuccess);

const post = api.operationOf('postReviews');

test('a review is stored with its quota, all or nothing', async () => {
  await request(post);
  const [transaction, ...others] = aws.dynamo.commandCalls(TransactWriteCommand);
  expect(others).toEqual([]);
  expect(transaction?.args[0].input.TransactItems).toEqual([
    { Update: expect.objectContaining({ Key: expect.objectContaining({ PK: expect.stringMatching(/^quota#/) }) }) },
    { ConditionCheck: expect.objectContaining({ Key: expect.objectContaining({ SK: 'closed' }) }) },
    { Put: expect.objectContaining({ ConditionExpression: 'attribute_not_exists(PK)' }) },
  ]);
});

test('a picture is stored with its quota, all or nothing', async () => {
  expect((await request(api.operationOf('getReviewMedia'))).status).toBe(200);
  const [transaction] = aws.dynamo.commandCalls(TransactWriteCommand);
  expect(transaction?.args[0].input.TransactItems).toEqual([
    {
      Update: expect.objectContaining({
        Key: { PK: expect.stringMatching(/^quota#/), SK: expect.stringMatching(/#pictures$/) },
      }),
    },
    { ConditionCheck: expect.objectContaining({ Key: expect.objectContaining({ SK: 'closed' }) }) },
    { Update: expect.objectContaining({ ConditionExpression: expect.stringContaining('mediaVersion') }) },
  ]);
});

/** Powertools' table, with the record that the first request leaves. */
function remember(change: (record: Record<string, unknown>) => Record<string, unknown>): void {
  const records = new Map<string, Record<string, unknown>>();
  aws.powertools.on(PutItemCommand).callsFake(({ Item }: PutItemCommandInput) => {
    const id = String(Item?.['id']?.S);
    const known = records.get(id);
    if (known)
      throw new ConditionalCheckFailedException({ message: 'known', $metadata: {}, Item: change(known) as never });
    records.set(id, { ...Item });
    return {};
  });
  aws.powertools.on(UpdateItemCommand).callsFake(({ Key, ExpressionAttributeNames, ExpressionAttributeValues }) => {
    const record = records.get(Key.id.S) ?? {};
    for (const [name, attribute] of Object.entries<string>(ExpressionAttributeNames))
      record[attribute] = ExpressionAttributeValues[name.replace('#', ':')];
    return {};
  });
}

/** The table, with the review that the first request stores. */
function keepReview(): { removed: boolean } {
  const row = { removed: false };
  aws.dynamo.on(GetCommand).callsFake(() => {
    const [transaction] = aws.dynamo.commandCalls(TransactWriteCommand);
    const stored = transaction?.args[0].input.TransactItems?.[2]?.Put?.Item;
    return row.removed ? {} : { Item: stored };
  });
  return row;
}

test('of a request nothing is remembered but the id of its review', async () => {
  remember((record) => record);
  const { body } = await request(post);
  const written = JSON.stringify([...aws.powertools.calls()].map(({ args }) => args[0].input));
  const { reviewId, text } = JSON.parse(body);
  expect(written).toContain(reviewId);
  expect(written).not.toContain(text);
});

test('a repeated request whose review was removed is told so', async () => {
  remember((record) => record);
  const row = keepReview();
  await request(post);
  row.removed = true;
  const { status, body } = await request(post);
  expect(status).toBe(409);
  expect(JSON.parse(body).detail).toContain('removed');
});

test('a repeated request is answered as the first one, and nothing is stored again', async () => {
  remember((record) => record);
  keepReview();
  const first = await request(post);
  const again = await request(post);
  expect(first.status).toBe(201);
  expect({ ...again, headers: {} }).toEqual({ ...first, headers: {} });
  expect(aws.dynamo.commandCalls(TransactWriteCommand)).toHaveLength(1);
});

test('the same key with another review is refused, and the first one stands', async () => {
  remember((record) => record);
  await request(post);
  const body = JSON.stringify({ subject: 'park', rating: 5, text: 'Lovely' });
  expect(await request(post, { body })).toMatchObject({ status: 409 });
  expect(aws.dynamo.commandCalls(TransactWriteCommand)).toHaveLength(1);
});

test('a repeated request while the first one is worked on is to come again', async () => {
  remember((record) => ({
    ...record,
    status: { S: 'INPROGRESS' },
    in_progress_expiration: { N: String(Date.now() + 10_000) },
  }));
  await request(post);
  expect(await request(post)).toMatchObject({ status: 409, headers: { 'retry-after': '1' } });
});

test('two authors may use the same key', async () => {
  remember((record) => record);
  const [first, other] = [await request(post), await request(post, { claims: { sub: 'eve' } })];
  expect([first.status, other.status]).toEqual([201, 201]);
  expect(JSON.parse(first.body).reviewId).not.toBe(JSON.parse(other.body).reviewId);
});

test('a request that was cut short between storing and answering finds its review again', async () => {
  const { body } = await request(post);
  arrangeRefusal('put');
  aws.dynamo.on(GetCommand).callsFake(({ Key }) => ({
    Item: { ...JSON.parse(body), reviewId: Key.PK.slice('review#'.length), createdAt: JSON.parse(body).createdAt },
  }));
  expect(await request(post)).toMatchObject({ status: 201, body });
});

const media = async (id: string) => {
  const { body } = await request(api.operationOf(id));
  const { media, reviews } = JSON.parse(body);
  return (media ?? reviews[0].media).map(({ status }: { status: string }) => status);
};

test('a review by itself shows which of its pictures are not published, a list does not', async () => {
  expect(await media('getReview')).toEqual(['PUBLISHED', 'REJECTED', 'PENDING']);
  expect(await media('getReviews')).toEqual(['PUBLISHED']);
  expect(await media('getNegativeReviews')).toEqual(['PUBLISHED']);
});

test.each(['deleteReview', 'getReviewMedia'])(
  '%s is for the author alone, and tells others of no review',
  async (id) => {
    const answer = await request(api.operationOf(id), { claims: { sub: 'eve' } });
    expect(answer.status).toBe(404);
    expect(functions.callsToAws()).toHaveLength(1);
  },
);

test.each(['[managers]', '[staff managers]', 'managers', '["managers"]'])(
  'a manager is known by the token’s groups as they may come: %s',
  async (groups) => {
    const operation = api.operationOf('getNegativeReviews');
    expect(await request(operation, { claims: { 'cognito:groups': groups } })).toMatchObject({ status: 200 });
  },
);

test.each(['', '[]', '[staff]', '[not-managers]', '[managers2]', 'Managers'])(
  'nobody else may list negative reviews: %j',
  async (groups) => {
    const operation = api.operationOf('getNegativeReviews');
    expect(await request(operation, { claims: { 'cognito:groups': groups } })).toMatchObject({ status: 403 });
    expect(functions.callsToAws()).toEqual([]);
  },
);
