import * as z from 'zod/mini';

/** Source and detail type of the event that starts a workflow. The names are the origin system's and stay as they are. */
export const uploadCompleteSource = 'custom.happyPath';
export const uploadCompleteDetailType = 'uploadComplete';

/** A photo's id: 128 random bits in hexadecimal. */
export const photoIdPattern = /^[0-9a-f]{32}$/;

/** Detail of `uploadComplete`: one stored photo, stamped with the workflow version that is to process it. */
export const uploadCompleteDetail = z.object({
  bucket: z.string().check(z.minLength(3), z.maxLength(63)),
  key: z.string().check(z.minLength(1), z.maxLength(1024)),
  versionId: z.string().check(z.minLength(1), z.maxLength(1024)),
  etag: z.string().check(z.minLength(1), z.maxLength(128)),
  size: z.number().check(z.int(), z.gte(1)),
  contentType: z.string().check(z.minLength(1), z.maxLength(100)),
  placeId: z.string().check(z.minLength(1), z.maxLength(64)),
  ID: z.string().check(z.regex(photoIdPattern)),
  workflow: z.string().check(z.minLength(1), z.maxLength(100)),
  correlationId: z.string().check(z.minLength(1), z.maxLength(64)),
});
export type UploadCompleteDetail = z.infer<typeof uploadCompleteDetail>;
