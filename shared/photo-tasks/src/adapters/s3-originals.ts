import { GetObjectCommand, NoSuchKey, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { UploadCompleteDetail } from '@happy-path/photos/upload-complete';

// A connection that hangs must leave the task time to try again.
const s3 = new S3Client({
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});

/**
 * The very version that the event names, so that what is judged is what is published.
 *
 * @param maxBytes reads no more than the object's first bytes
 * @returns undefined when it is gone: its owner removed the photo
 */
export async function readOriginal(
  { bucket, key, versionId }: Pick<UploadCompleteDetail, 'bucket' | 'key' | 'versionId'>,
  maxBytes?: number,
): Promise<Buffer | undefined> {
  const Range = maxBytes === undefined ? undefined : `bytes=0-${maxBytes - 1}`;
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, Range }));
    if (!Body) throw new Error(`s3://${bucket}/${key} has no body`);
    return Buffer.from(await Body.transformToByteArray());
  } catch (error) {
    if (error instanceof NoSuchKey || (error instanceof S3ServiceException && error.name === 'NoSuchVersion'))
      return undefined;
    throw error;
  }
}
