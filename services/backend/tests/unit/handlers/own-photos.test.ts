import '../environment.ts';

import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteObjectsCommand, ListObjectsV2Command, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { toCursor } from '@happy-path/http-api/fields';
import { call, refusalOf } from '@happy-path/http-api/testing';
import { captureOutput } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { handler as deleteImage } from '../../../src/handlers/delete-image.ts';
import { handler as getImage } from '../../../src/handlers/get-image.ts';
import { handler as getMyImages } from '../../../src/handlers/get-my-images.ts';
import { photo, photoIdOf } from '../photo-world.ts';

captureOutput();
const dynamo = mockClient(DynamoDBDocumentClient);
const s3 = mockClient(S3Client);
const photoId = photoIdOf(1);
const notFound = { status: 404, body: { type: 'urn:happy-path:problem:not-found' } };
const badIds = ['', 'x', '0'.repeat(31), 'G'.repeat(32), '../../etc/passwd', `${photoId}\n`];

beforeEach(() => {
  dynamo.reset();
  s3.reset();
});

describe('GET /images/{photoId}', () => {
  it('tells its owner how the photo stands', async () => {
    const rejected = {
      objStatus: 'REJECTED',
      reason: 'IMAGE_TOO_SMALL',
      reasonDetail: 'Choose a larger photo.',
    } as const;
    dynamo.on(GetCommand).resolves({ Item: photo(rejected) });

    expect(await call(getImage, { path: { photoId } })).toMatchObject({
      status: 200,
      body: {
        photoId,
        placeId: 'place-1',
        status: 'REJECTED',
        reason: 'IMAGE_TOO_SMALL',
        reasonDetail: 'Choose a larger photo.',
        createdAt: '2026-06-14T09:40:00.000Z',
      },
    });
  });

  it('tells nothing of how it is stored', async () => {
    const inner = { versionId: 'v1', etag: 'e1', sequencer: '0A', executionId: 'run-1', workflow: 'workflow-v1' };
    dynamo.on(GetCommand).resolves({ Item: photo({ objStatus: 'PROCESSED', ...inner }) });

    const { body } = await call(getImage, { path: { photoId } });

    expect(Object.keys(body as object).toSorted()).toEqual(['createdAt', 'photoId', 'placeId', 'status']);
  });

  it.each([
    { whose: "somebody else's", item: photo({ owner: 'eve' }) },
    { whose: 'one that is being removed', item: photo({ deleteRequestedAt: '2026-06-14T09:41:00.000Z' }) },
    { whose: 'one that does not exist', item: undefined },
  ])('is not found when it is $whose, always in the same words', async ({ item }) => {
    dynamo.on(GetCommand).resolves(item ? { Item: item } : {});

    expect(await call(getImage, { path: { photoId }, subject: 'ada' })).toMatchObject({
      ...notFound,
      body: { detail: `You have no photo ${photoId}` },
    });
  });

  it.each(badIds)('refuses the id %j before anything is read', async (bad) => {
    expect(await call(getImage, { path: { photoId: bad } })).toEqual(refusalOf('photoId'));
    expect(dynamo.calls()).toHaveLength(0);
  });
});

describe('DELETE /images/{photoId}', () => {
  beforeEach(() => {
    s3.on(ListObjectVersionsCommand).resolves({ Versions: [{ Key: `uploads/${photoId}`, VersionId: 'v1' }] });
    s3.on(ListObjectsV2Command).resolves({ Contents: [{ Key: `photos/${photoId}/tile.jpg` }] });
    s3.on(DeleteObjectsCommand).resolves({});
  });

  it('removes the visible photo and the objects, and leaves the marked row to the sweep', async () => {
    dynamo.on(UpdateCommand).resolves({ Attributes: photo({ objStatus: 'PROCESSED' }) });

    expect(await call(deleteImage, { path: { photoId } })).toMatchObject({ status: 204, body: undefined });

    expect(s3.commandCalls(DeleteObjectsCommand).map(({ args }) => args[0].input.Bucket)).toEqual([
      'uploads-bucket',
      'distribution-bucket',
    ]);
    expect(dynamo.commandCalls(DeleteCommand).map(({ args }) => args[0].input.Key?.['PK'])).toEqual(['place#place-1']);
    expect(dynamo.commandCalls(UpdateCommand)[0]?.args[0].input.ExpressionAttributeValues).toMatchObject({
      ':openPK': 'open#REMOVING#1',
    });
  });

  it("is not found, and touches nothing, when the photo is somebody else's", async () => {
    dynamo.on(UpdateCommand).rejects(new ConditionalCheckFailedException({ $metadata: {}, message: 'Not the owner' }));

    expect(await call(deleteImage, { path: { photoId } })).toMatchObject(notFound);

    expect(s3.calls()).toHaveLength(0);
    expect(dynamo.commandCalls(DeleteCommand)).toHaveLength(0);
  });

  it("asks the table whether it is the caller's, and nobody else", async () => {
    dynamo.on(UpdateCommand).resolves({ Attributes: photo({ owner: 'ada-lovelace' }) });

    await call(deleteImage, { path: { photoId }, subject: 'ada-lovelace' });

    expect(dynamo.commandCalls(UpdateCommand)[0]?.args[0].input).toMatchObject({
      ConditionExpression: '#owner = :owner',
      ExpressionAttributeValues: { ':owner': 'ada-lovelace' },
    });
  });

  it('is a fault when an object could not be removed, and keeps the row to go on from', async () => {
    dynamo.on(UpdateCommand).resolves({ Attributes: photo({ objStatus: 'PROCESSED' }) });
    s3.on(DeleteObjectsCommand).resolves({ Errors: [{ Key: `uploads/${photoId}`, Code: 'SlowDown' }] });

    expect(await call(deleteImage, { path: { photoId } })).toMatchObject({ status: 500 });

    expect(dynamo.commandCalls(DeleteCommand, { Key: { PK: `photo#${photoId}`, SK: 'workflow' } })).toHaveLength(0);
  });

  it.each(badIds)('refuses the id %j', async (bad) => {
    expect(await call(deleteImage, { path: { photoId: bad } })).toEqual(refusalOf('photoId'));
    expect([...dynamo.calls(), ...s3.calls()]).toHaveLength(0);
  });
});

describe('GET /me/images', () => {
  it("shows the caller's photos with their status, and the way to the next page", async () => {
    const GSI1SK = `2026-06-14T09:40:00.000Z#${photoId}`;
    dynamo
      .on(QueryCommand)
      .resolves({ Items: [photo({ objStatus: 'PROCESSING' })], LastEvaluatedKey: { GSI1PK: 'owner#ada', GSI1SK } });

    expect(await call(getMyImages, { subject: 'ada' })).toMatchObject({
      status: 200,
      body: { images: [{ photoId, status: 'PROCESSING' }], cursor: toCursor(GSI1SK) },
    });
  });

  it("reads the caller's list whatever the cursor says: it holds no owner", async () => {
    dynamo.on(QueryCommand).resolves({ Items: [] });
    const cursor = toCursor(`2026-06-14T09:40:00.000Z#${photoId}`);

    await call(getMyImages, { subject: 'eve', query: { cursor } });

    expect(dynamo.commandCalls(QueryCommand)[0]?.args[0].input).toMatchObject({
      ExpressionAttributeValues: { ':owner': 'owner#eve' },
      ExclusiveStartKey: { GSI1PK: 'owner#eve' },
    });
  });

  it('has no cursor on its last page', async () => {
    dynamo.on(QueryCommand).resolves({ Items: [photo()] });

    expect((await call(getMyImages)).body).not.toHaveProperty('cursor');
  });

  it.each([
    { field: 'limit', query: { limit: '51' } },
    { field: 'limit', query: { limit: '0' } },
    { field: 'cursor', query: { cursor: 'not-a-cursor' } },
    { field: 'cursor', query: { cursor: toCursor('owner#eve') } },
    { field: 'cursor', query: { cursor: toCursor({ GSI1PK: 'owner#eve' }) } },
    { field: 'cursor', query: { cursor: toCursor(`2026-06-14T09:40:00.000Z#${'Z'.repeat(32)}`) } },
    { field: 'owner', query: { owner: 'eve' } },
  ])('refuses $query', async ({ field, query }) => {
    expect(await call(getMyImages, { query })).toEqual(refusalOf(field));
    expect(dynamo.calls()).toHaveLength(0);
  });
});
