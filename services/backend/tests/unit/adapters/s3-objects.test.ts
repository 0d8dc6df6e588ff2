import '../environment.ts';

import {
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  NotFound,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { photoObjects } from '../../../src/adapters/s3-photo-objects.ts';
import { photoIdOf } from '../photo-world.ts';

const s3 = mockClient(S3Client);
const objects = photoObjects('uploads-bucket', 'distribution-bucket');
const id = photoIdOf(1);
const key = `uploads/${id}`;

beforeEach(() => {
  s3.reset();
});

describe("looking for a photo's original", () => {
  it('finds its current version', async () => {
    s3.on(HeadObjectCommand, { Bucket: 'uploads-bucket', Key: key }).resolves({
      VersionId: 'v1',
      ETag: '"e1"',
      ContentLength: 7,
    });

    expect(await objects.findObject(id)).toEqual({
      bucket: 'uploads-bucket',
      key,
      versionId: 'v1',
      etag: 'e1',
      size: 7,
    });
  });

  it('finds nothing when nothing was uploaded', async () => {
    s3.on(HeadObjectCommand).rejects(new NotFound({ $metadata: {}, message: 'NotFound' }));

    expect(await objects.findObject(id)).toBeUndefined();
  });

  it('fails when S3 does: an upload must not expire because of that', async () => {
    const denied = new S3ServiceException({ name: 'Forbidden', $fault: 'client', $metadata: {}, message: 'Forbidden' });
    s3.on(HeadObjectCommand).rejects(denied);

    await expect(objects.findObject(id)).rejects.toBe(denied);
  });

  it('fails in a bucket without versions, where the version could not be pinned', async () => {
    s3.on(HeadObjectCommand).resolves({ ETag: '"e1"', ContentLength: 7 });

    await expect(objects.findObject(id)).rejects.toThrow('versioning must be on');
  });
});

describe("removing a photo's objects", () => {
  const deleted = () =>
    s3.commandCalls(DeleteObjectsCommand).map(({ args: [{ input }] }) => [input.Bucket, input.Delete?.Objects]);

  it('removes every version and delete marker of the original and every rendition, page after page', async () => {
    s3.on(ListObjectVersionsCommand)
      .resolvesOnce({
        Versions: [{ Key: key, VersionId: 'v2' }],
        DeleteMarkers: [{ Key: key, VersionId: 'm1' }],
        IsTruncated: true,
        NextKeyMarker: key,
        NextVersionIdMarker: 'v2',
      })
      .resolves({ Versions: [{ Key: key, VersionId: 'v1' }] });
    s3.on(ListObjectsV2Command, { Bucket: 'distribution-bucket', Prefix: `photos/${id}/` })
      .resolvesOnce({ Contents: [{ Key: `photos/${id}/tile.jpg` }], IsTruncated: true, NextContinuationToken: 'next' })
      .resolves({ Contents: [{ Key: `photos/${id}/scaled.jpg` }] });
    s3.on(DeleteObjectsCommand).resolves({});

    await objects.removeObjects(id);

    expect(deleted()).toEqual([
      [
        'uploads-bucket',
        [
          { Key: key, VersionId: 'v2' },
          { Key: key, VersionId: 'm1' },
        ],
      ],
      ['uploads-bucket', [{ Key: key, VersionId: 'v1' }]],
      ['distribution-bucket', [{ Key: `photos/${id}/tile.jpg` }]],
      ['distribution-bucket', [{ Key: `photos/${id}/scaled.jpg` }]],
    ]);
    expect(s3.commandCalls(ListObjectVersionsCommand)[1]?.args[0].input).toMatchObject({
      KeyMarker: key,
      VersionIdMarker: 'v2',
    });
  });

  it('is nothing to do when there is none', async () => {
    s3.on(ListObjectVersionsCommand).resolves({});
    s3.on(ListObjectsV2Command).resolves({});

    await objects.removeObjects(id);

    expect(deleted()).toEqual([]);
  });

  it('fails when one object stayed, although the call itself succeeded', async () => {
    s3.on(ListObjectVersionsCommand).resolves({ Versions: [{ Key: key, VersionId: 'v1' }] });
    s3.on(DeleteObjectsCommand).resolves({ Errors: [{ Key: key, Code: 'SlowDown' }] });

    await expect(objects.removeObjects(id)).rejects.toThrow(
      `1 objects of uploads-bucket were not removed: ${key}: SlowDown`,
    );
  });
});
