import { uploadTicket } from '@happy-path/aws/s3-upload-url';
import { NotFoundError } from '@happy-path/http-api/errors';
import { wholeText } from '@happy-path/http-api/fields';
import { callerOf, parseQuery, route } from '@happy-path/http-api/route';
import { uploadTypes } from '@happy-path/photos/photo-record';
import { readEnvironment, text, wholeNumber } from '@happy-path/runtime/environment';
import { count, logger } from '@happy-path/runtime/observability';
import * as z from 'zod/mini';
import { photoStore } from '../adapters/dynamo-photo-store.ts';
import { placeStore } from '../adapters/dynamo-place-store.ts';
import { placeId } from '../adapters/http-fields.ts';
import { newPhotoId, uploadKey } from '../domain/upload-request.ts';

const env = readEnvironment({
  TABLE_NAME: text,
  UPLOAD_BUCKET: text,
  MAX_UPLOAD_BYTES: wholeNumber(1, 5 * 1024 ** 3),
  DAILY_UPLOAD_QUOTA: wholeNumber(1, 1_000_000),
});
const photos = photoStore(env.TABLE_NAME);
const places = placeStore(env.TABLE_NAME);

const query = z.strictObject({
  placeId,
  contentType: z.enum(uploadTypes, `must be one of ${uploadTypes.join(', ')}`),
  contentLength: wholeText(1, env.MAX_UPLOAD_BYTES),
});

export const handler = route(async ({ event, correlationId }) => {
  const { placeId, contentType, contentLength } = parseQuery(query, event);
  const createdAt = new Date().toISOString();
  const photo = {
    photoId: newPhotoId(),
    placeId,
    owner: callerOf(event),
    objStatus: 'PENDING_UPLOAD',
    contentType,
    size: contentLength,
    correlationId,
    createdAt,
    updatedAt: createdAt,
  } as const;
  if (!(await places.readPlace(placeId))) throw new NotFoundError(`There is no place ${placeId}`);
  await photos.startUpload(photo, env.DAILY_UPLOAD_QUOTA);
  const ticket = await uploadTicket(env.UPLOAD_BUCKET, { ...photo, key: uploadKey(photo.photoId) });
  logger.info('upload started', { photoId: photo.photoId, placeId, bytes: contentLength });
  count('UploadsStarted');
  return { status: 200, body: { photoId: photo.photoId, ...ticket } };
});
