import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ArrivedObject } from '../domain/arrival.ts';

const s3 = new S3Client({});

/** Removes exactly this version for good. Removing it again is no error. */
export async function removeVersion({ bucket, key, versionId }: ArrivedObject): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
}
