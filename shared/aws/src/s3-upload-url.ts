import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

/** How long an upload URL works, in seconds. */
export const uploadUrlSeconds = 300;

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
  upload: { key: string; contentType: string; size: number; correlationId: string },
): Promise<UploadTicket> {
  const requiredHeaders = {
    'content-type': upload.contentType,
    'content-length': String(upload.size),
    'if-none-match': '*',
    'x-amz-meta-correlation-id': upload.correlationId,
  };
  const uploadUrl = await getSignedUrl(
    s3,
    new PutObjectCommand({
      Bucket: bucket,
      Key: upload.key,
      ContentType: upload.contentType,
      ContentLength: upload.size,
      IfNoneMatch: '*',
      Metadata: { 'correlation-id': upload.correlationId },
    }),
    {
      expiresIn: uploadUrlSeconds,
      signableHeaders: new Set(Object.keys(requiredHeaders)),
      unhoistableHeaders: new Set(Object.keys(requiredHeaders)),
    },
  );
  return { uploadUrl, requiredHeaders, expiresInSeconds: uploadUrlSeconds };
}
