import { gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { jsonLines, objectKey, type Partition } from '../domain/partitions.ts';

const s3 = new S3Client({
  // A day's object that hangs must not use up the time of the others of its batch.
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
});

/** Writes a partition as one object; the same events give the same object, byte by byte. */
export const eventLake = (Bucket: string) => ({
  async write(partition: Partition): Promise<void> {
    await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: objectKey(partition),
        Body: gzipSync(jsonLines(partition)),
        // No content encoding: whoever reads over HTTP would get it unpacked, under a name that says it is packed.
        ContentType: 'application/gzip',
      }),
    );
  },
});
