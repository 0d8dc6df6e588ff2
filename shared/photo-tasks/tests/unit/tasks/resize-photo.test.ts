import '../environment.ts';

import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { mockClient } from 'aws-sdk-client-mock';
import sharp from 'sharp';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { renderedPhoto } from '../../../src/domain/resize-outcome.ts';
import { handler } from '../../../src/tasks/resize-photo.ts';
import { plain } from '../renderer-images.ts';

const output = captureOutput();
const s3 = mockClient(S3Client);

const photoId = '3f0c9a7b5d2e48619ab47c5e0d1f8a23';
const uploaded = {
  bucket: 'uploads-bucket',
  key: `uploads/${photoId}`,
  versionId: 'v1',
  etag: 'e1',
  size: 4_213_987,
  contentType: 'image/jpeg',
  placeId: 'hyde-park',
  ID: photoId,
  workflow: 'workflow-v1',
  correlationId: 'correlation-1',
};
let photo: Buffer;
let tooSmall: Buffer;

const original = (bytes: Uint8Array) =>
  s3.on(GetObjectCommand).resolves({
    Body: { transformToByteArray: async () => bytes } as NonNullable<GetObjectCommandOutput['Body']>,
  });
const refused = (name: string, $fault: 'client' | 'server' = 'client') =>
  new S3ServiceException({ name, $fault, $metadata: {}, message: name });
const stored = () => s3.commandCalls(PutObjectCommand).map(({ args }) => args[0].input);

beforeAll(async () => {
  photo = await plain(900, 600).jpeg().toBuffer();
  tooSmall = await plain(900, 99).jpeg().toBuffer();
});
beforeEach(() => {
  s3.reset();
  s3.on(PutObjectCommand).resolves({});
});

describe('resizing a photo', () => {
  it('stores a tile and a scaled photo, each as JPEG and as WebP, where visitors get them', async () => {
    original(photo);

    await handler(uploaded, context);

    expect(
      stored()
        .map(({ Bucket, Key, ContentType }) => [`${Bucket}/${Key}`, ContentType])
        .toSorted(),
    ).toEqual([
      [`distribution-bucket/photos/${photoId}/scaled.jpg`, 'image/jpeg'],
      [`distribution-bucket/photos/${photoId}/scaled.webp`, 'image/webp'],
      [`distribution-bucket/photos/${photoId}/tile.jpg`, 'image/jpeg'],
      [`distribution-bucket/photos/${photoId}/tile.webp`, 'image/webp'],
    ]);
  });

  it('stores what it says it stores', async () => {
    original(photo);

    const outcome = z.parse(renderedPhoto, await handler(uploaded, context));

    expect(outcome).toMatchObject({ outcome: 'RENDERED', width: 900, height: 600 });
    expect(outcome.renditions).toHaveLength(4);
    for (const { key, type, width, height, bytes } of outcome.renditions) {
      const body = stored().find(({ Key }) => Key === key)?.Body as Buffer;
      expect(body.length).toBe(bytes);
      expect(await sharp(body).metadata()).toMatchObject({ mediaType: type, width, height });
    }
  });

  it('lets browsers and the edge keep each of them, and marks it with the correlation id', async () => {
    original(photo);

    await handler(uploaded, context);

    for (const object of stored())
      expect(object).toMatchObject({
        CacheControl: 'public, max-age=86400, s-maxage=3600',
        Metadata: { 'correlation-id': 'correlation-1' },
      });
  });

  it('answers with facts only: no pixels go into the data of the state machine', async () => {
    original(photo);

    const outcome = await handler(uploaded, context);

    expect(Object.keys(outcome).toSorted()).toEqual(['height', 'outcome', 'renditions', 'width']);
    expect(JSON.stringify(outcome).length).toBeLessThan(1500);
  });

  it('reads the very version that was uploaded', async () => {
    original(photo);

    await handler(uploaded, context);

    expect(s3.commandCalls(GetObjectCommand)[0]?.args[0].input).toEqual({
      Bucket: 'uploads-bucket',
      Key: `uploads/${photoId}`,
      VersionId: 'v1',
    });
  });

  it('stores the same objects when it runs again', async () => {
    original(photo);

    const first = await handler(uploaded, context);
    const keys = stored().map(({ Key }) => Key);
    s3.resetHistory();

    expect(await handler(uploaded, context)).toEqual(first);
    expect(stored().map(({ Key }) => Key)).toEqual(keys);
  });
});

describe('a photo that cannot be published is an outcome, not a fault:', () => {
  it('REJECTED with the reason, when its short side is too short', async () => {
    original(tooSmall);

    expect(await handler(uploaded, context)).toEqual({
      outcome: 'REJECTED',
      reason: 'IMAGE_TOO_SMALL',
      reasonDetail: expect.stringContaining('900 x 99'),
    });
  });

  it('REJECTED with the reason, when it has more pixels than are decoded', async () => {
    original(await plain(1001, 1000).jpeg().toBuffer());

    expect(await handler(uploaded, context)).toMatchObject({ outcome: 'REJECTED', reason: 'IMAGE_TOO_LARGE' });
  });

  it('REJECTED with the reason, when it is no photo, whatever its uploader called it', async () => {
    original(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'));

    expect(await handler(uploaded, context)).toMatchObject({ outcome: 'REJECTED', reason: 'UNSUPPORTED_TYPE' });
  });

  it('REJECTED stores nothing and is counted by its reason', async () => {
    original(tooSmall);

    await handler(uploaded, context);

    expect(stored()).toEqual([]);
    expect(output.entries()).toContainEqual(expect.objectContaining({ PhotosRejected: 1, reason: 'IMAGE_TOO_SMALL' }));
  });

  it.each([
    { what: 'is gone', error: new NoSuchKey({ $metadata: {}, message: 'gone' }) },
    { what: 'has lost that version', error: refused('NoSuchVersion') },
  ])('WITHDRAWN when the original $what: its owner removed it', async ({ error }) => {
    s3.on(GetObjectCommand).rejects(error);

    expect(await handler(uploaded, context)).toEqual({ outcome: 'WITHDRAWN' });

    expect(stored()).toEqual([]);
  });
});

describe('a fault is thrown, so that the workflow tries again, when', () => {
  it.each([
    { what: 'S3 denies access', error: refused('AccessDenied') },
    { what: 'S3 asks to slow down', error: refused('SlowDown', 'server') },
    { what: 'the bucket does not exist', error: refused('NoSuchBucket') },
    { what: 'the connection breaks', error: new Error('ECONNRESET') },
  ])('$what', async ({ error }) => {
    s3.on(GetObjectCommand).rejects(error);

    await expect(handler(uploaded, context)).rejects.toBe(error);
  });

  it('the original comes without a body', async () => {
    s3.on(GetObjectCommand).resolves({});

    await expect(handler(uploaded, context)).rejects.toThrow('has no body');
  });

  it('one of the renditions cannot be stored', async () => {
    original(photo);
    s3.on(PutObjectCommand, { Key: `photos/${photoId}/scaled.webp` }).rejects(new Error('bucket down'));

    await expect(handler(uploaded, context)).rejects.toThrow('bucket down');
  });

  it.each([
    { what: 'the id is none', input: { ...uploaded, ID: '../../etc' } },
    { what: 'the version is missing', input: { ...uploaded, versionId: undefined } },
    { what: 'the correlation id is missing', input: { ...uploaded, correlationId: '' } },
    { what: 'there is no input', input: undefined },
  ])('$what: nothing is read', async ({ input }) => {
    await expect(handler(input, context)).rejects.toThrow();

    expect(s3.calls()).toEqual([]);
  });
});

describe('a warm function', () => {
  const other = { ...uploaded, ID: 'a'.repeat(32), key: `uploads/${'a'.repeat(32)}`, correlationId: 'correlation-2' };

  it('keeps nothing of the photo before: neither reason nor metadata nor log keys', async () => {
    original(tooSmall);
    await handler(uploaded, context);
    original(photo);

    const outcome = await handler(other, context);

    expect(outcome).toMatchObject({ outcome: 'RENDERED' });
    expect(outcome).not.toHaveProperty('reason');
    expect(stored().every(({ Key }) => Key?.startsWith(`photos/${other.ID}/`))).toBe(true);
    expect(stored().every(({ Metadata }) => Metadata?.['correlation-id'] === 'correlation-2')).toBe(true);
    expect(output.entries().at(-1)).toMatchObject({ correlationId: 'correlation-2', photoId: other.ID });
  });

  it('works for two photos at once', async () => {
    original(photo);

    const outcomes = await Promise.all([handler(uploaded, context), handler(other, context)]);

    const keys = outcomes.map((outcome) =>
      z.parse(renderedPhoto, outcome).renditions.map(({ key }) => key.split('/')[1]),
    );
    expect(keys).toEqual([Array(4).fill(uploaded.ID), Array(4).fill(other.ID)]);
  });

  it('goes on after a photo that failed', async () => {
    s3.on(GetObjectCommand).rejects(new Error('S3 down'));
    await expect(handler(uploaded, context)).rejects.toThrow('S3 down');

    original(photo);
    expect(await handler(uploaded, context)).toMatchObject({ outcome: 'RENDERED' });
  });
});
