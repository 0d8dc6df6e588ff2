import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ComprehendClient } from '@aws-sdk/client-comprehend';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { TranslateClient } from '@aws-sdk/client-translate';
import { DeleteCommand, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openApiOf } from './open-api.ts';
import * as functions from './reviews-functions.ts';

const read = (path: string) => JSON.parse(readFileSync(join(import.meta.dirname, '../..', path), 'utf8'));
const { aws, arrangeSuccess, setEnvironment, storedReview } = functions;
const [comprehend, translate] = [mockClient(ComprehendClient), mockClient(TranslateClient)];
const [sqs, sns, eventBridge] = [mockClient(SQSClient), mockClient(SNSClient), mockClient(EventBridgeClient)];

beforeAll(() => {
  setEnvironment();
  Object.assign(process.env, {
    COMMON_LANGUAGE: 'en',
    TRANSLATES_REVIEWS: 'true',
    NEGATIVE_THRESHOLD: '0.7',
    ALERT_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/alerts',
    DEAD_LETTER_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/dead-letters',
    ALERTS_TOPIC_ARN: 'arn:aws:sns:eu-west-1:123456789012:alerts',
    SITE_URL: 'https://site.example',
    EVENT_BUS_NAME: 'bus',
    MIN_SIDE_PX: '32',
    MAX_PIXELS: '60000000',
  });
});
beforeEach(() => {
  arrangeSuccess();
  for (const client of [comprehend, translate, sqs, sns, eventBridge]) client.reset();
  for (const client of [comprehend, translate, sqs, sns]) client.resolves({});
  eventBridge.resolves({ FailedEntryCount: 0 });
});

/** Calls a function's real handler with its sample. */
async function invoke(name: string) {
  const { handler } = await import(`../../services/reviews/src/handlers/${name}.ts`);
  return handler(read(`events/invoke/reviews/${name}.json`), {
    awsRequestId: 'request',
    getRemainingTimeInMillis: () => 60_000,
  } as Context);
}

const { operations } = openApiOf('reviews');

test.each(operations)('the sample of $id is a request to $method $path', async (operation) => {
  const sample = functions.sampleOf(operation.id);
  expect(sample.routeKey).toBe(`${operation.method} ${operation.path}`);
  expect(sample.rawPath).toBe(
    operation.path.replace(/\{(\w+)\}/g, (_, name: string) => String(sample.pathParameters?.[name])),
  );
  expect(Object.fromEntries(new URLSearchParams(sample.rawQueryString))).toEqual(sample.queryStringParameters ?? {});
  expect('authorizer' in sample.requestContext).toBe(!operation.isPublic);
  expect((await functions.request(operation)).status).toBeLessThan(300);
});

describe('NegativeReviewFound', () => {
  const sample = read('events/reviews/NegativeReviewFound.v1.json');
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  addFormats.default(ajv);
  const isValid = ajv.compile(read('events/reviews/NegativeReviewFound.v1.schema.json'));

  test('is emitted as its sample shows, when the review of the sample is marked', async () => {
    aws.dynamo.on(GetCommand).resolves({ Item: { ...storedReview, alertStatus: 'MARKED', alertedAt: undefined } });
    expect(await invoke('on-review-to-score')).toEqual({ batchItemFailures: [] });
    const entries = eventBridge.commandCalls(PutEventsCommand).flatMap(({ args }) => args[0].input.Entries ?? []);
    expect(entries.map(({ Detail = '', ...entry }) => ({ ...entry, Detail: JSON.parse(Detail) }))).toEqual([
      { EventBusName: 'bus', Source: sample.source, DetailType: 'NegativeReviewFound', Detail: sample.detail },
    ]);
    expect(isValid(sample), ajv.errorsText(isValid.errors)).toBe(true);
    const [message] = sqs.commandCalls(SendMessageCommand).map(({ args }) => args[0].input.MessageBody);
    expect([message]).toEqual(
      read('events/invoke/reviews/on-alert-batch.json').Records.map(({ body }: { body: string }) => body),
    );
  });

  test.each([
    ['the text', { text: 'Dirty!' }],
    ['its author', { author: 'ada' }],
    ['another version', { version: 2 }],
    ['no event id', { eventId: undefined }],
  ])('with %s is refused by its schema', (_, change) => {
    const changed = { ...sample, detail: { ...sample.detail, ...change } };
    expect(isValid(JSON.parse(JSON.stringify(changed)))).toBe(false);
  });
});

test('the steps take their samples', async () => {
  expect(await invoke('on-review-to-translate')).toEqual({ batchItemFailures: [] });
  aws.dynamo.on(UpdateCommand).resolves({ Attributes: storedReview });
  expect(await invoke('on-alert-batch')).toEqual({ batchItemFailures: [] });
  expect(sns.commandCalls(PublishCommand)).toHaveLength(1);
  await expect(invoke('on-media-upload')).resolves.toBeUndefined();
});

test('AccountDeleted is understood as the backend sends it', async () => {
  expect(read('events/invoke/reviews/on-account-deleted.json')).toEqual(read('events/backend/AccountDeleted.v1.json'));
  aws.dynamo.on(QueryCommand).resolves({ Items: [{ PK: `review#${storedReview.reviewId}`, SK: 'review' }] });
  await invoke('on-account-deleted');
  expect(aws.dynamo.commandCalls(DeleteCommand)[0]?.args[0].input.Key).toMatchObject({
    PK: `review#${storedReview.reviewId}`,
  });
});
