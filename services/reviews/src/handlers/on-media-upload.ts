import { arrivedObjects } from '@happy-path/aws/s3-event';
import { readOriginal } from '@happy-path/photo-tasks/originals';
import { limitsFrom, limitVariables } from '@happy-path/photo-tasks/photo-task';
import { render } from '@happy-path/photo-tasks/renderer';
import { storeRenditions } from '@happy-path/photo-tasks/renditions';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import { count, flushMetrics, logger } from '@happy-path/runtime/observability';
import type { Context } from 'aws-lambda';
import { pictureStore } from '../adapters/dynamo-picture-store.ts';
import { reviewStore } from '../adapters/dynamo-review-store.ts';
import { pictureObjects } from '../adapters/picture-objects.ts';
import { type ArrivalPorts, recordPicture } from '../domain/illustration.ts';
import { renditionFolder } from '../domain/pictures.ts';

const env = readEnvironment({ TABLE_NAME: text, MEDIA_BUCKET: text, DISTRIBUTION_BUCKET: text, ...limitVariables });
const limits = limitsFrom(env);
const ports: ArrivalPorts = {
  ...reviewStore(env.TABLE_NAME),
  ...pictureStore(env.TABLE_NAME),
  ...pictureObjects(env.MEDIA_BUCKET, env.DISTRIBUTION_BUCKET),
  async render(object, { reviewId, mediaId }, correlationId) {
    const original = await readOriginal(object);
    if (original === undefined) return { outcome: 'WITHDRAWN' };
    const rendered = await render(original, limits);
    if (rendered.outcome === 'REJECTED') return rendered;
    const folder = { prefix: `${renditionFolder(reviewId)}${mediaId}/`, correlationId };
    const { outcome, width, height, renditions } = rendered;
    return { outcome, width, height, store: () => storeRenditions(env.DISTRIBUTION_BUCKET, folder, renditions) };
  },
};

/** @throws when a picture could not be looked at or recorded, so that the event is delivered again */
export const handler = async (event: unknown, context: Context): Promise<void> => {
  logger.addContext(context);
  logger.resetKeys();
  for (const object of arrivedObjects(event)) {
    const outcome = await recordPicture(object, ports);
    logger.info('picture arrived', { outcome, key: object.key, versionId: object.versionId, bytes: object.size });
    count('PicturesArrived', { outcome });
  }
  flushMetrics();
};
