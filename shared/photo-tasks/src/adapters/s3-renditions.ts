import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Rendition } from '@happy-path/photos/photo-record';
import type { EncodedRendition } from '../domain/renditions.ts';

const s3 = new S3Client({});

const extensions: Record<Rendition['type'], string> = { 'image/jpeg': 'jpg', 'image/webp': 'webp' };

/**
 * Stores a photo's renditions under names that depend on the photo alone, so that storing them again changes nothing.
 * The edge keeps them for an hour, so that a removed photo is soon served to nobody; browsers keep their copy for a day.
 */
export function storeRenditions(
  bucket: string,
  photo: { readonly prefix: string; readonly correlationId: string },
  renditions: readonly EncodedRendition[],
): Promise<Rendition[]> {
  return Promise.all(
    renditions.map(async ({ data, ...rendition }) => {
      const key = `${photo.prefix}${rendition.kind}.${extensions[rendition.type]}`;
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
