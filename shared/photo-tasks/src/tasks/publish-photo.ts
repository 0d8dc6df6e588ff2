import { photoIdPattern } from '@happy-path/photos/upload-complete';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import { flushMetrics, logger, MetricUnit, metrics } from '@happy-path/runtime/observability';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { publishPhoto } from '../adapters/dynamo-publisher.ts';
import { removeRenditions } from '../adapters/s3-published-objects.ts';
import { renderedPhoto } from '../domain/resize-outcome.ts';

const env = readEnvironment({ TABLE_NAME: text, DISTRIBUTION_BUCKET: text });

const publication = z.object({
  photoId: z.string().check(z.regex(photoIdPattern)),
  correlationId: z.string(),
  executionId: z.string().check(z.minLength(1)),
  resized: renderedPhoto,
});

/** Task `Publish`: the photo becomes PROCESSED and visible at its place, both or neither. Safe to run again. */
export const handler = async (event: unknown, context: Context): Promise<{ outcome: 'PUBLISHED' | 'WITHDRAWN' }> => {
  const { photoId, correlationId, executionId, resized } = z.parse(publication, event);
  logger.addContext(context);
  logger.resetKeys();
  logger.appendKeys({ correlationId, photoId });

  const published = await publishPhoto(env.TABLE_NAME, { photoId, executionId, resized, now: new Date() });
  logger.info('publish ended', published);
  if (published.outcome !== 'published') {
    if (published.outcome === 'withdrawn') await removeRenditions(env.DISTRIBUTION_BUCKET, resized.renditions);
    return { outcome: 'WITHDRAWN' };
  }
  metrics.addMetric('UploadToPublished', MetricUnit.Milliseconds, published.sinceUploadMs);
  flushMetrics();
  return { outcome: 'PUBLISHED' };
};
