import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { uploadKey, uploadUrlSeconds } from '../domain/upload-request.ts';

// Without this the SDK would put the checksum of an empty body into the URL, and S3 would refuse the photo's.
const s3 = new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' });

export interface UploadTicket {
  readonly uploadUrl: string;
  /** Headers the upload must send exactly so: they are signed. */
  readonly requiredHeaders: Record<string, string>;
  readonly expiresInSeconds: number;
}

/** A URL that accepts one PUT of exactly this size and type, once (`If-None-Match: *`), for {@link uploadUrlSeconds}. */
export async function uploadTicket(
  bucket: string,
  photo: { photoId: string; contentType: string; size: number; correlationId: string },
): Promise<UploadTicket> {
  const requiredHeaders = {
    'content-type': photo.contentType,
    'content-length': String(photo.size),
    'if-none-match': '*',
    'x-amz-meta-correlation-id': photo.correlationId,
  };
  const uploadUrl = await getSignedUrl(
    s3,
    new PutObjectCommand({
      Bucket: bucket,
      Key: uploadKey(photo.photoId),
      ContentType: photo.contentType,
      ContentLength: photo.size,
      IfNoneMatch: '*',
      Metadata: { 'correlation-id': photo.correlationId },
    }),
    {
      expiresIn: uploadUrlSeconds,
      signableHeaders: new Set(Object.keys(requiredHeaders)),
      unhoistableHeaders: new Set(Object.keys(requiredHeaders)),
    },
  );
  return { uploadUrl, requiredHeaders, expiresInSeconds: uploadUrlSeconds };
}
