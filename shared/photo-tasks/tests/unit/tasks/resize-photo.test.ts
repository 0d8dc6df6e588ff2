import '../environment.ts';

import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { captureOutput, context } from '@happy-path/runtime/testing';
import sharp from 'sharp';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { renderedPhoto } from '../../../src/domain/resize-outcome.ts';
import { handler } from '../../../src/tasks/resize-photo.ts';
import { plain } from '../images.ts';
import { faults, foreignInputs, gone, originalIs, reads, s3, uploaded } from './uploaded-photo.ts';

const output = captureOutput();
const photoId = uploaded.ID;
let photo: Buffer;
let tooSmall: Buffer;

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
    originalIs(photo);

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
    originalIs(photo);

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
    originalIs(photo);

    await handler(uploaded, context);

    for (const object of stored())
      expect(object).toMatchObject({
        CacheControl: 'public, max-age=86400, s-maxage=3600',
        Metadata: { 'correlation-id': 'correlation-1' },
      });
  });

  it('answers with facts only: no pixels go into the data of the state machine', async () => {
    originalIs(photo);

    const outcome = await handler(uploaded, context);

    expect(Object.keys(outcome).toSorted()).toEqual(['height', 'outcome', 'renditions', 'width']);
    expect(JSON.stringify(outcome).length).toBeLessThan(1500);
  });

  it('reads the very version that was uploaded', async () => {
    originalIs(photo);

    await handler(uploaded, context);

    expect(reads()).toEqual([
      {
        Bucket: 'uploads-bucket',
        Key: `uploads/${photoId}`,
        VersionId: 'v1',
      },
    ]);
  });

  it('stores the same objects when it runs again', async () => {
    originalIs(photo);

    const first = await handler(uploaded, context);
    const keys = stored().map(({ Key }) => Key);
    s3.resetHistory();

    expect(await handler(uploaded, context)).toEqual(first);
    expect(stored().map(({ Key }) => Key)).toEqual(keys);
  });
});

describe('a photo that cannot be published is an outcome, not a fault:', () => {
  it('REJECTED with the reason, when its short side is too short', async () => {
    originalIs(tooSmall);

    expect(await handler(uploaded, context)).toEqual({
      outcome: 'REJECTED',
      reason: 'IMAGE_TOO_SMALL',
      reasonDetail: expect.stringContaining('900 x 99'),
    });
  });

  it('REJECTED with the reason, when it has more pixels than are decoded', async () => {
    originalIs(await plain(1001, 1000).jpeg().toBuffer());

    expect(await handler(uploaded, context)).toMatchObject({ outcome: 'REJECTED', reason: 'IMAGE_TOO_LARGE' });
  });

  it('REJECTED with the reason, when it is no photo, whatever its uploader called it', async () => {
    originalIs(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'));

    expect(await handler(uploaded, context)).toMatchObject({ outcome: 'REJECTED', reason: 'UNSUPPORTED_TYPE' });
  });

  it('REJECTED stores nothing and is counted by its reason', async () => {
    originalIs(tooSmall);

    await handler(uploaded, context);

    expect(stored()).toEqual([]);
    expect(output.entries()).toContainEqual(expect.objectContaining({ PhotosRejected: 1, reason: 'IMAGE_TOO_SMALL' }));
  });

  it.each(gone)('WITHDRAWN when the original $what: its owner removed it', async ({ error }) => {
    s3.on(GetObjectCommand).rejects(error);

    expect(await handler(uploaded, context)).toEqual({ outcome: 'WITHDRAWN' });

    expect(stored()).toEqual([]);
  });
});

describe('a fault is thrown, so that the workflow tries again, when', () => {
  it.each(faults)('$what', async ({ error }) => {
    s3.on(GetObjectCommand).rejects(error);

    await expect(handler(uploaded, context)).rejects.toBe(error);
  });

  it('the original comes without a body', async () => {
    s3.on(GetObjectCommand).resolves({});

    await expect(handler(uploaded, context)).rejects.toThrow('has no body');
  });

  it('one of the renditions cannot be stored', async () => {
    originalIs(photo);
    s3.on(PutObjectCommand, { Key: `photos/${photoId}/scaled.webp` }).rejects(new Error('bucket down'));

    await expect(handler(uploaded, context)).rejects.toThrow('bucket down');
  });

  it.each(foreignInputs)('$what: nothing is read', async ({ input }) => {
    await expect(handler(input, context)).rejects.toThrow();

    expect(s3.calls()).toEqual([]);
  });
});

describe('a warm function', () => {
  const other = { ...uploaded, ID: 'a'.repeat(32), key: `uploads/${'a'.repeat(32)}`, correlationId: 'correlation-2' };

  it('keeps nothing of the photo before: neither reason nor metadata nor log keys', async () => {
    originalIs(tooSmall);
    await handler(uploaded, context);
    originalIs(photo);

    const outcome = await handler(other, context);

    expect(outcome).toMatchObject({ outcome: 'RENDERED' });
    expect(outcome).not.toHaveProperty('reason');
    expect(stored().every(({ Key }) => Key?.startsWith(`photos/${other.ID}/`))).toBe(true);
    expect(stored().every(({ Metadata }) => Metadata?.['correlation-id'] === 'correlation-2')).toBe(true);
    expect(output.entries().at(-1)).toMatchObject({ correlationId: 'correlation-2', photoId: other.ID });
  });

  it('works for two photos at once', async () => {
    originalIs(photo);

    const outcomes = await Promise.all([handler(uploaded, context), handler(other, context)]);

    const keys = outcomes.map((outcome) =>
      z.parse(renderedPhoto, outcome).renditions.map(({ key }) => key.split('/')[1]),
    );
    expect(keys).toEqual([Array(4).fill(uploaded.ID), Array(4).fill(other.ID)]);
  });

  it('goes on after a photo that failed', async () => {
    s3.on(GetObjectCommand).rejects(new Error('S3 down'));
    await expect(handler(uploaded, context)).rejects.toThrow('S3 down');

    originalIs(photo);
    expect(await handler(uploaded, context)).toMatchObject({ outcome: 'RENDERED' });
  });
});
