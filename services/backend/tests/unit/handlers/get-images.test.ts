import '../environment.ts';

import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { call, refusalOf } from '@happy-path/http-api/testing';
import { captureOutput } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { handler } from '../../../src/handlers/get-images.ts';

const output = captureOutput();
const dynamo = mockClient(DynamoDBDocumentClient);
const upload = { placeId: 'hyde-park', contentType: 'image/jpeg', contentLength: '4213987' };

const storedPhoto = () => dynamo.commandCalls(TransactWriteCommand)[0]?.args[0].input.TransactItems?.[2]?.Put?.Item;
const refuseWith = (...codes: string[]) =>
  dynamo.on(TransactWriteCommand).rejects(
    new TransactionCanceledException({
      $metadata: {},
      message: 'Transaction cancelled',
      CancellationReasons: codes.map((Code) => ({ Code })),
    }),
  );

beforeEach(() => {
  dynamo.reset();
  dynamo.on(GetCommand, { Key: { PK: 'place#hyde-park', SK: 'listing' } }).resolves({ Item: { placeId: 'hyde-park' } });
});

describe('GET /images', () => {
  it('gives a URL for exactly the announced photo, and its id', async () => {
    const { status, body } = await call(handler, { query: upload });

    expect(status).toBe(200);
    expect(body).toEqual({
      photoId: expect.stringMatching(/^[0-9a-f]{32}$/),
      uploadUrl: expect.stringContaining(`/uploads/${(body as { photoId: string }).photoId}?`),
      requiredHeaders: expect.objectContaining({ 'content-type': 'image/jpeg', 'content-length': '4213987' }),
      expiresInSeconds: 300,
    });
  });

  it('remembers whose photo it is, of which place, and which request it came from', async () => {
    const { body } = await call(handler, {
      query: upload,
      subject: 'ada',
      headers: { 'x-correlation-id': 'b7e1c2f4-3a5d' },
    });

    expect(storedPhoto()).toMatchObject({
      photoId: (body as { photoId: string }).photoId,
      owner: 'ada',
      placeId: 'hyde-park',
      objStatus: 'PENDING_UPLOAD',
      contentType: 'image/jpeg',
      size: 4_213_987,
      correlationId: 'b7e1c2f4-3a5d',
    });
    expect(body).toMatchObject({ requiredHeaders: { 'x-amz-meta-correlation-id': 'b7e1c2f4-3a5d' } });
  });

  it('gives another id each time', async () => {
    const answers = [await call(handler, { query: upload }), await call(handler, { query: upload })];

    expect(new Set(answers.map(({ body }) => (body as { photoId: string }).photoId)).size).toBe(2);
  });

  it.each(['image/jpeg', 'image/png', 'image/webp'])('takes %s', async (contentType) => {
    expect(await call(handler, { query: { ...upload, contentType } })).toMatchObject({ status: 200 });
  });

  it.each(['1', '20971520'])('takes %s bytes', async (contentLength) => {
    expect(await call(handler, { query: { ...upload, contentLength } })).toMatchObject({ status: 200 });
  });

  it('counts an upload that was started, and no other', async () => {
    await call(handler, { query: upload });
    await call(handler, { query: {} });

    expect(output.entries().filter((entry) => 'UploadsStarted' in entry)).toMatchObject([{ UploadsStarted: 1 }]);
  });

  it('answers 404 for a place that does not exist, and counts nothing', async () => {
    dynamo.on(GetCommand).resolves({});

    expect(await call(handler, { query: upload })).toMatchObject({
      status: 404,
      body: { type: 'urn:happy-path:problem:not-found', detail: 'There is no place hyde-park' },
    });
    expect(dynamo.commandCalls(TransactWriteCommand)).toHaveLength(0);
  });

  it('answers 429 and when to come back, for a used-up quota', async () => {
    refuseWith('ConditionalCheckFailed', 'None', 'None');

    const { status, headers, body } = await call(handler, { query: upload });

    expect({ status, body }).toMatchObject({
      status: 429,
      body: { type: 'urn:happy-path:problem:quota-exceeded', detail: 'At most 200 uploads a day' },
    });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(86_400);
  });

  it('answers 403 for an account that was deleted', async () => {
    refuseWith('None', 'ConditionalCheckFailed', 'None');

    expect(await call(handler, { query: upload })).toMatchObject({
      status: 403,
      body: { type: 'urn:happy-path:problem:account-deleted' },
    });
  });

  it('gives no URL when the photo could not be stored', async () => {
    dynamo.on(TransactWriteCommand).rejects(new Error('throttled'));

    expect(await call(handler, { query: upload })).toMatchObject({
      status: 500,
      body: expect.not.objectContaining({ uploadUrl: expect.anything() }),
    });
  });

  it.each([
    { field: 'placeId', query: { contentType: 'image/jpeg', contentLength: '1' } },
    { field: 'contentType', query: { placeId: 'a', contentLength: '1' } },
    { field: 'contentLength', query: { placeId: 'a', contentType: 'image/jpeg' } },
    ...['', 'Hyde Park', '../a', 'a#listing', 'x'.repeat(65)].map((placeId) => ({
      field: 'placeId',
      query: { ...upload, placeId },
    })),
    ...['', 'image/gif', 'image/svg+xml', 'IMAGE/JPEG', 'image/jpeg; q=1', 'text/html', 'constructor'].map(
      (contentType) => ({ field: 'contentType', query: { ...upload, contentType } }),
    ),
    ...['', '0', '-1', '+1', '1.5', '1e3', '0x10', 'NaN', 'Infinity', '20971521', '9'.repeat(30)].map(
      (contentLength) => ({ field: 'contentLength', query: { ...upload, contentLength } }),
    ),
    { field: 'key', query: { ...upload, key: 'uploads/mine' } },
    { field: 'owner', query: { ...upload, owner: 'eve' } },
  ])('refuses $query for its $field and stores nothing', async ({ field, query }) => {
    expect(await call(handler, { query })).toEqual(refusalOf(field));
    expect(dynamo.calls()).toHaveLength(0);
  });
});
