import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { removeObjects, removeVersions } from '@happy-path/aws/s3-objects';
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
      await removeVersions(uploadBucket, uploadKey(photoId));
      await removeObjects(distributionBucket, renditionPrefix(photoId));
    },
  };
}
