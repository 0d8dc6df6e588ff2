import {
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectIdentifier,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { renditionPrefix } from '@happy-path/photos/photo-record';
import type { ArrivedObject } from '../domain/arrival.ts';
import { uploadKey } from '../domain/upload-request.ts';

const s3 = new S3Client({});

/** Originals in the upload bucket and renditions in the distribution bucket. */
export function photoObjects(uploadBucket: string, distributionBucket: string) {
  return {
    /** The current version of a photo's original; undefined when there is none. */
    async findObject(photoId: string): Promise<ArrivedObject | undefined> {
      const key = uploadKey(photoId);
      try {
        const head = await s3.send(new HeadObjectCommand({ Bucket: uploadBucket, Key: key }));
        if (head.VersionId === undefined || head.ETag === undefined || head.ContentLength === undefined)
          throw new Error(`s3://${uploadBucket}/${key} has no version: versioning must be on`);
        return {
          bucket: uploadBucket,
          key,
          versionId: head.VersionId,
          etag: head.ETag.replaceAll('"', ''),
          size: head.ContentLength,
        };
      } catch (error) {
        if (error instanceof Error && error.name === 'NotFound') return undefined;
        throw error;
      }
    },

    /** Removes every version of the original and every rendition. */
    async removeObjects(photoId: string): Promise<void> {
      for await (const versions of versionsOf(uploadBucket, uploadKey(photoId)))
        await removeAll(uploadBucket, versions);
      const renditions = paginateListObjectsV2(
        { client: s3 },
        { Bucket: distributionBucket, Prefix: renditionPrefix(photoId) },
      );
      for await (const { Contents = [] } of renditions)
        await removeAll(
          distributionBucket,
          Contents.map(({ Key }) => ({ Key })),
        );
    },
  };
}

async function* versionsOf(Bucket: string, Prefix: string): AsyncGenerator<Partial<ObjectIdentifier>[]> {
  let markers: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
  while (markers) {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({ Bucket, Prefix, ...markers }),
    );
    const { Versions = [], DeleteMarkers = [] } = page;
    yield [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    markers = page.IsTruncated
      ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
      : undefined;
  }
}

async function removeAll(Bucket: string, objects: readonly Partial<ObjectIdentifier>[]): Promise<void> {
  if (objects.length === 0) return;
  const Objects = objects.map(({ Key = '', VersionId }) => ({ Key, ...(VersionId !== undefined && { VersionId }) }));
  const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  const [first] = Errors;
  if (first) throw new Error(`${Errors.length} objects of ${Bucket} were not removed: ${first.Key}: ${first.Code}`);
}
