import { type UploadCompleteDetail, uploadCompleteDetail } from '@happy-path/photos/upload-complete';
import { wholeNumber } from '@happy-path/runtime/environment';
import { logger } from '@happy-path/runtime/observability';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { defaultPhotoLimits, type PhotoLimits } from '../domain/photo-limits.ts';

/** Begins a task: what the event says of the photo, whose ids every log line names from now on. */
export function beginTask(event: unknown, context: Context): UploadCompleteDetail {
  const photo = z.parse(uploadCompleteDetail, event);
  logger.addContext(context);
  logger.resetKeys();
  logger.appendKeys({ correlationId: photo.correlationId, photoId: photo.ID });
  return photo;
}

/** Ends a task: logs its outcome. What it means for the photo is counted when the photo's row says so. */
export function endTask<const Outcome extends { outcome: string }>(outcome: Outcome, facts = {}): Outcome {
  const reason = 'reason' in outcome ? { reason: String(outcome.reason) } : undefined;
  logger.info('task ended', { outcome: outcome.outcome, ...reason, ...facts });
  return outcome;
}

/** Environment variables of tasks that decode or measure a photo. */
export const limitVariables = { MAX_PIXELS: wholeNumber(1, 268_402_689), MIN_SIDE_PX: wholeNumber(1, 10_000) };

export const limitsFrom = (env: { MAX_PIXELS: number; MIN_SIDE_PX: number }): PhotoLimits => ({
  ...defaultPhotoLimits,
  maxPixels: env.MAX_PIXELS,
  minSidePx: env.MIN_SIDE_PX,
});
