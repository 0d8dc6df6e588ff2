import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type PhotoRecord, photoKey } from '@happy-path/photos/photo-record';
import { beforeAll, expect, test } from 'vitest';
import { poll } from '../../local/src/poll.ts';
import { Visitor } from '../../local/src/visitor.ts';
import {
  distributionBucket,
  documents,
  lambda,
  photosAt,
  physicalId,
  readPhoto,
  s3,
  site,
  storePhoto,
  tableName,
  uploadBucket,
} from '../engine-fixture.ts';
import { storeUnannounced } from '../stamped-photos.ts';

const photo = await readFile('samples/photos/garden-pagoda.jpg');
const onSweepSchedule = await physicalId('backend', 'OnSweepScheduleFunction');
/** Longer ago than any patience of the sweep. */
const longAgo = new Date(Date.now() - 24 * 3600_000).toISOString();

let visitor: Visitor;
let placeId: string;
beforeAll(async () => {
  visitor = await Visitor.signUp(site);
  const place = { name: 'Park', type: 'park', lat: 41.3, lng: 2.1, address: 'Somewhere' };
  placeId = (await visitor.post('/locations', place)).body.placeId;
});

async function sweep(): Promise<void> {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: onSweepSchedule, Payload: '{}' }),
  );
  if (FunctionError) throw new Error(Buffer.from(Payload ?? []).toString());
}

const subjectOf = ({ token = '' }: Visitor): string =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub;

function photoOf(changes: Partial<PhotoRecord>): PhotoRecord {
  return {
    photoId: randomBytes(16).toString('hex'),
    placeId,
    owner: subjectOf(visitor),
    objStatus: 'UPLOADED',
    contentType: 'image/jpeg',
    size: photo.length,
    correlationId: 'correlation-1',
    createdAt: longAgo,
    updatedAt: longAgo,
    ...changes,
  };
}

/** Makes open work look old. */
async function age(Key: { PK: string; SK: string }): Promise<void> {
  await documents.send(
    new UpdateCommand({
      TableName: tableName,
      Key,
      UpdateExpression: 'SET GSI2SK = :longAgo, updatedAt = :longAgo',
      ConditionExpression: 'attribute_exists(GSI2PK)',
      ExpressionAttributeValues: { ':longAgo': longAgo },
    }),
  );
}

async function objectsOf(photoId: string): Promise<number> {
  const [originals, renditions] = await Promise.all([
    s3.send(new ListObjectVersionsCommand({ Bucket: uploadBucket, Prefix: `uploads/${photoId}` })),
    s3.send(new ListObjectsV2Command({ Bucket: distributionBucket, Prefix: `photos/${photoId}/` })),
  ]);
  return (
    (originals.Versions ?? []).length + (originals.DeleteMarkers ?? []).length + (renditions.Contents ?? []).length
  );
}

test('announces again what stayed UPLOADED, and once only', async () => {
  const { photoId } = photoOf({});
  await storePhoto(photoOf({ photoId, uploadedAt: longAgo, ...(await storeUnannounced(photoId, photo)) }));
  await Promise.all([sweep(), sweep()]);
  expect(await visitor.outcome(photoId)).toMatchObject({ status: 'PROCESSED' });
  await sweep();
  const visible = (await photosAt(placeId)).filter((each) => each['photoId'] === photoId);
  expect(visible).toHaveLength(1);
});

test('recovers an upload whose notification was lost', async () => {
  const { photoId } = photoOf({});
  await storeUnannounced(photoId, photo);
  await storePhoto(photoOf({ photoId, objStatus: 'PENDING_UPLOAD' }));
  await sweep();
  expect(await visitor.outcome(photoId)).toMatchObject({ status: 'PROCESSED' });
});

test('expires an upload that never came', async () => {
  const old = photoOf({ objStatus: 'PENDING_UPLOAD' });
  const young = photoOf({ objStatus: 'PENDING_UPLOAD', updatedAt: new Date().toISOString() });
  await Promise.all([storePhoto(old), storePhoto(young)]);
  await sweep();
  expect(await readPhoto(old.photoId)).toBeUndefined();
  expect(await readPhoto(young.photoId)).toBeDefined();
});

test('ends a photo whose run disappeared', async () => {
  const dead = photoOf({ objStatus: 'PROCESSING', executionId: 'a-run-that-is-gone', versionId: 'v', etag: 'e' });
  await storePhoto(dead);
  await sweep();
  const row = await readPhoto(dead.photoId);
  expect(row).toMatchObject({ objStatus: 'FAILED', reason: 'SYSTEM_FAULT' });
  expect(row).not.toHaveProperty('GSI2PK');
});

test('removes an object that came after its photo was removed', async () => {
  const ticket = await visitor.ticket(placeId, 'image/jpeg', photo.length);
  expect((await visitor.delete(`/images/${ticket.photoId}`)).status).toBe(204);
  const removed = await readPhoto(ticket.photoId);
  expect(await visitor.put(ticket, photo)).toBe(200);
  await poll('the arrival to be noticed', 10_000, async () =>
    (await readPhoto(ticket.photoId))?.updatedAt === removed?.updatedAt ? undefined : true,
  );
  await age(photoKey(ticket.photoId));
  await sweep();
  expect(await readPhoto(ticket.photoId)).toBeUndefined();
  expect(await objectsOf(ticket.photoId)).toBe(0);
});

test('removes an object that belongs to no photo', async () => {
  const { photoId } = photoOf({});
  await storeUnannounced(photoId, photo);
  await age(photoKey(photoId));
  await sweep();
  expect(await readPhoto(photoId)).toBeUndefined();
  expect(await objectsOf(photoId)).toBe(0);
});

test('removes what a run wrote after its photo was removed', async () => {
  const { photoId } = photoOf({});
  const version = await storeUnannounced(photoId, photo);
  await storePhoto(photoOf({ photoId, objStatus: 'PROCESSING', executionId: 'still-running', ...version }));
  expect((await visitor.delete(`/images/${photoId}`)).status).toBe(204);
  expect((await visitor.get(`/images/${photoId}`)).status).toBe(404);
  expect(await objectsOf(photoId)).toBe(0);
  await s3.send(new PutObjectCommand({ Bucket: distributionBucket, Key: `photos/${photoId}/tile.jpg`, Body: photo }));
  await sweep();
  expect(await objectsOf(photoId)).toBe(1);
  await age(photoKey(photoId));
  await sweep();
  expect(await readPhoto(photoId)).toBeUndefined();
  expect(await objectsOf(photoId)).toBe(0);
});

test('goes through a removed account again, and leaves nothing that names its owner', async () => {
  const leaving = await Visitor.signUp(site);
  const owner = subjectOf(leaving);
  const photoId = await leaving.upload(placeId, 'image/jpeg', photo);
  await leaving.outcome(photoId);
  expect((await leaving.delete('/me')).status).toBe(204);
  expect(await objectsOf(photoId)).toBe(0);
  await age(photoKey(photoId));
  // An upload of a moment before, which the index did not list yet.
  const unlisted = photoOf({ owner, objStatus: 'PROCESSED', photoId: randomBytes(16).toString('hex') });
  await storePhoto(unlisted);

  const closed = (await rowsThatName(owner)).find(({ SK }) => SK === 'closed');
  if (!closed) throw new Error('The account left no marker');
  await age({ PK: closed.PK, SK: closed.SK });
  await sweep();
  expect(await readPhoto(photoId)).toBeUndefined();
  await age(photoKey(unlisted.photoId));
  await sweep();
  expect(await readPhoto(unlisted.photoId)).toBeUndefined();
  expect(await rowsThatName(owner)).toEqual([]);
  const { Item: marker } = await documents.send(
    new GetCommand({ TableName: tableName, Key: { PK: closed.PK, SK: closed.SK } }),
  );
  expect(Object.keys(marker ?? {}).sort()).toEqual(['PK', 'SK', 'expiresAt']);
});

async function rowsThatName(owner: string): Promise<{ PK: string; SK: string }[]> {
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: tableName }));
  return Items.filter((item) => JSON.stringify(item).includes(owner)) as unknown as { PK: string; SK: string }[];
}
