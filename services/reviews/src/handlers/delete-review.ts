import { NotFoundError } from '@happy-path/http-api/errors';
import { callerOf, parsePath, route } from '@happy-path/http-api/route';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import { logger } from '@happy-path/runtime/observability';
import * as z from 'zod/mini';
import { reviewStore } from '../adapters/dynamo-review-store.ts';
import { reviewId } from '../adapters/http-fields.ts';
import { pictureObjects } from '../adapters/picture-objects.ts';
import { removeReview } from '../domain/removal.ts';

const env = readEnvironment({ TABLE_NAME: text, MEDIA_BUCKET: text, DISTRIBUTION_BUCKET: text });
const ports = { ...reviewStore(env.TABLE_NAME), ...pictureObjects(env.MEDIA_BUCKET, env.DISTRIBUTION_BUCKET) };

export const handler = route(async ({ event }) => {
  const path = parsePath(z.object({ reviewId }), event);
  if (!(await removeReview(path.reviewId, callerOf(event), ports)))
    throw new NotFoundError(`You have no review ${path.reviewId}`);
  logger.info('review removed', path);
  return { status: 204 };
});
