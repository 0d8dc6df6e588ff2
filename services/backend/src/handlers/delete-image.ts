import { NotFoundError } from '@happy-path/http-api/errors';
import { callerOf, parsePath, route } from '@happy-path/http-api/route';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import { logger } from '@happy-path/runtime/observability';
import * as z from 'zod/mini';
import { photoStore } from '../adapters/dynamo-photo-store.ts';
import { photoId } from '../adapters/http-fields.ts';
import { photoObjects } from '../adapters/s3-photo-objects.ts';
import { removePhoto } from '../domain/removal.ts';

const env = readEnvironment({ TABLE_NAME: text, UPLOAD_BUCKET: text, DISTRIBUTION_BUCKET: text });
const ports = { ...photoStore(env.TABLE_NAME), ...photoObjects(env.UPLOAD_BUCKET, env.DISTRIBUTION_BUCKET) };

export const handler = route(async ({ event }) => {
  const path = parsePath(z.object({ photoId }), event);
  if (!(await removePhoto(path.photoId, callerOf(event), ports)))
    throw new NotFoundError(`You have no photo ${path.photoId}`);
  logger.info('photo removed', path);
  return { status: 204 };
});
