import { readEnvironment, text } from '@happy-path/runtime/environment';
import { count, flushMetrics, logger } from '@happy-path/runtime/observability';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { removeIdentity } from '../adapters/cognito-identities.ts';
import { accountStore } from '../adapters/dynamo-account-store.ts';
import { photoStore } from '../adapters/dynamo-photo-store.ts';
import { publishAccountDeleted, publishUploadComplete } from '../adapters/event-bus-publisher.ts';
import { photoObjects } from '../adapters/s3-photo-objects.ts';
import { readActiveWorkflow } from '../adapters/ssm-active-workflow.ts';
import { type SweepPorts, sweep } from '../domain/sweep.ts';

const env = readEnvironment({
  TABLE_NAME: text,
  UPLOAD_BUCKET: text,
  DISTRIBUTION_BUCKET: text,
  USER_POOL_ID: z.optional(text),
  EVENT_BUS_NAME: text,
  ACTIVE_WORKFLOW_PARAMETER: text,
  INITIAL_WORKFLOW: text,
});
const ports: SweepPorts = {
  ...photoStore(env.TABLE_NAME),
  ...accountStore(env.TABLE_NAME),
  ...photoObjects(env.UPLOAD_BUCKET, env.DISTRIBUTION_BUCKET),
  announceRemoval: (owner) => publishAccountDeleted(env.EVENT_BUS_NAME, owner),
  removeIdentity: (subject) => removeIdentity(env.USER_POOL_ID, subject),
  announce: (detail) => publishUploadComplete(env.EVENT_BUS_NAME, detail),
  activeWorkflow: () => readActiveWorkflow(env.ACTIVE_WORKFLOW_PARAMETER, env.INITIAL_WORKFLOW),
  uploadBucket: env.UPLOAD_BUCKET,
};
/** Kept free to report: what is not done by then is taken up by the next sweep. */
const reserveMs = 10_000;

/** @throws when some open work could not be finished, after all other work was tried */
export const handler = async (_event: unknown, context: Context): Promise<void> => {
  logger.addContext(context);
  const { errors, ...done } = await sweep(new Date(), ports, () => context.getRemainingTimeInMillis() < reserveMs);
  // An account is listed by its owner's subject, which belongs in no log.
  for (const { work, id, cause } of errors)
    logger.error('open work could not be finished', {
      work,
      ...(work !== 'CLOSING_ACCOUNT' && id !== undefined && { photoId: id }),
      error: cause as Error,
    });
  logger.info('swept', { ...done, errors: errors.length });
  count('UploadsReemitted', undefined, done.reemitted + done.recovered);
  count('UploadsExpired', undefined, done.expired);
  count('PhotosAbandoned', undefined, done.failed);
  flushMetrics();
  if (errors.length > 0) throw new Error(`${errors.length} items of open work could not be finished`);
};
