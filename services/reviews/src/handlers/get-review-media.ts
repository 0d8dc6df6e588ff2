import { uploadTicket } from '@happy-path/aws/s3-upload-url';
import { wholeText } from '@happy-path/http-api/fields';
import { callerOf, parsePath, parseQuery, route } from '@happy-path/http-api/route';
import { uploadTypes } from '@happy-path/photos/photo-record';
import { readEnvironment, text, wholeNumber } from '@happy-path/runtime/environment';
import { count, logger } from '@happy-path/runtime/observability';
import * as z from 'zod/mini';
import { pictureStore } from '../adapters/dynamo-picture-store.ts';
import { reviewStore } from '../adapters/dynamo-review-store.ts';
import { reviewId } from '../adapters/http-fields.ts';
import { type PlacePorts, takePlace } from '../domain/illustration.ts';
import { mediaKey } from '../domain/pictures.ts';

const env = readEnvironment({
  TABLE_NAME: text,
  MEDIA_BUCKET: text,
  MAX_UPLOAD_BYTES: wholeNumber(1, 5 * 1024 ** 3),
  DAILY_PICTURE_QUOTA: wholeNumber(1, 1_000_000),
});
const pictures = pictureStore(env.TABLE_NAME);
const ports: PlacePorts = {
  ...reviewStore(env.TABLE_NAME),
  addPicture: (...picture) => pictures.addPicture(...picture, env.DAILY_PICTURE_QUOTA),
};

const query = z.strictObject({
  contentType: z.enum(uploadTypes, `must be one of ${uploadTypes.join(', ')}`),
  contentLength: wholeText(1, env.MAX_UPLOAD_BYTES),
});

export const handler = route(async ({ event, correlationId }) => {
  const { reviewId: id } = parsePath(z.object({ reviewId }), event);
  const { contentType, contentLength: size } = parseQuery(query, event);
  const mediaId = await takePlace(id, callerOf(event), correlationId, ports);
  const upload = { key: mediaKey(id, mediaId), contentType, size, correlationId };
  const ticket = await uploadTicket(env.MEDIA_BUCKET, upload);
  logger.info('picture awaited', { reviewId: id, mediaId, bytes: size });
  count('PicturesAwaited');
  return { status: 200, body: { mediaId, ...ticket } };
});
