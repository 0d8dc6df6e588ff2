import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';

const s3 = new S3Client({});

/** Removes renditions that were stored for a photo which is not to be published after all. */
export async function removeRenditions(bucket: string, renditions: readonly { key: string }[]): Promise<void> {
  await Promise.all(renditions.map(({ key }) => s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))));
}
