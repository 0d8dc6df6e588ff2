import { uploadCompleteDetail } from '@happy-path/photos/upload-complete';
import { readEnvironment, text, wholeNumber } from '@happy-path/runtime/environment';
import { count, logger } from '@happy-path/runtime/observability';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { readOriginal, storeRenditions } from '../adapters/s3-renditions.ts';
import { render } from '../adapters/sharp-renderer.ts';
import { defaultRenderLimits } from '../domain/renditions.ts';
import type { ResizeOutcome } from '../domain/resize-outcome.ts';

const env = readEnvironment({
  DISTRIBUTION_BUCKET: text,
  MAX_PIXELS: wholeNumber(1, 268_402_689),
  MIN_SIDE_PX: wholeNumber(1, 10_000),
});

/** Task `Resizer`: reads the version that was uploaded, stores its renditions. What is wrong with the photo is an outcome. */
export const handler = async (event: unknown, context: Context): Promise<ResizeOutcome> => {
  const photo = z.parse(uploadCompleteDetail, event);
  logger.addContext(context);
  logger.resetKeys();
  logger.appendKeys({ correlationId: photo.correlationId, photoId: photo.ID });

  const original = await readOriginal(photo);
  if (original === undefined) {
    logger.info('the original is gone');
    return { outcome: 'WITHDRAWN' };
  }
  const rendered = await render(original, {
    ...defaultRenderLimits,
    maxPixels: env.MAX_PIXELS,
    minSidePx: env.MIN_SIDE_PX,
  });
  if (rendered.outcome === 'REJECTED') {
    logger.info('photo rejected', { reason: rendered.reason });
    count('PhotosRejected', { reason: rendered.reason });
    return rendered;
  }
  const renditions = await storeRenditions(env.DISTRIBUTION_BUCKET, photo, rendered.renditions);
  logger.info('renditions stored', { bytesIn: original.length, renditions: renditions.length });
  return { ...rendered, renditions };
};
