import { readEnvironment, text } from '@happy-path/runtime/environment';
import { count, flushMetrics, logger } from '@happy-path/runtime/observability';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { accountStore } from '../adapters/dynamo-account-store.ts';
import { reviewStore } from '../adapters/dynamo-review-store.ts';
import { pictureObjects } from '../adapters/picture-objects.ts';
import { removeReviewsBy } from '../domain/removal.ts';

const env = readEnvironment({ TABLE_NAME: text, MEDIA_BUCKET: text, DISTRIBUTION_BUCKET: text });
const ports = {
  ...reviewStore(env.TABLE_NAME),
  ...accountStore(env.TABLE_NAME),
  ...pictureObjects(env.MEDIA_BUCKET, env.DISTRIBUTION_BUCKET),
};

const accountDeleted = z.object({ detail: z.object({ owner: text }) });

/** @throws when something could not be removed, so that the event is delivered again */
export const handler = async (event: unknown, context: Context): Promise<void> => {
  logger.addContext(context);
  logger.resetKeys();
  const { detail } = z.parse(accountDeleted, event);
  const removed = await removeReviewsBy(detail.owner, ports);
  // Whose they were belongs in no log.
  logger.info('reviews of a deleted account removed', { removed });
  count('ReviewsRemovedWithAccount', undefined, removed);
  flushMetrics();
};
