import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { type Rendition, renditionPrefix } from '@happy-path/photos/photo-record';
import type { UploadCompleteDetail } from '@happy-path/photos/upload-complete';
import type { EncodedRendition } from '../domain/renditions.ts';

const s3 = new S3Client({});

const extensions: Record<Rendition['type'], string> = { 'image/jpeg': 'jpg', 'image/webp': 'webp' };

/**
 * The very version that the event names, so that what is judged is what is published.
 * @returns undefined when it is gone: its owner removed the photo
 */
export async function readOriginal({ bucket, key, versionId }: UploadCompleteDetail): Promise<Buffer | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
    if (!Body) throw new Error(`s3://${bucket}/${key} has no body`);
    return Buffer.from(await Body.transformToByteArray());
  } catch (error) {
    if (error instanceof NoSuchKey || (error instanceof S3ServiceException && error.name === 'NoSuchVersion'))
      return undefined;
    throw error;
  }
}

/**
 * Stores a photo's renditions under names that depend on the photo alone, so that storing them again changes nothing.
 * The edge keeps them for an hour, so that a removed photo is soon served to nobody; browsers keep their copy for a day.
 */
export function storeRenditions(
  bucket: string,
  photo: UploadCompleteDetail,
  renditions: readonly EncodedRendition[],
): Promise<Rendition[]> {
  return Promise.all(
    renditions.map(async ({ data, ...rendition }) => {
      const key = `${renditionPrefix(photo.ID)}${rendition.kind}.${extensions[rendition.type]}`;
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: data,
          ContentType: rendition.type,
          CacheControl: 'public, max-age=86400, s-maxage=3600',
          Metadata: { 'correlation-id': photo.correlationId },
        }),
      );
      return { ...rendition, key, bytes: data.length };
    }),
  );
}
