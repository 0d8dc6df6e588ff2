import { callerOf, route } from '@happy-path/http-api/route';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import { logger } from '@happy-path/runtime/observability';
import * as z from 'zod/mini';
import { removeIdentity } from '../adapters/cognito-identities.ts';
import { accountStore } from '../adapters/dynamo-account-store.ts';
import { photoStore } from '../adapters/dynamo-photo-store.ts';
import { publishAccountDeleted } from '../adapters/event-bus-publisher.ts';
import { photoObjects } from '../adapters/s3-photo-objects.ts';
import { removeAccount } from '../domain/removal.ts';

const env = readEnvironment({
  TABLE_NAME: text,
  UPLOAD_BUCKET: text,
  DISTRIBUTION_BUCKET: text,
  USER_POOL_ID: z.optional(text),
  EVENT_BUS_NAME: text,
});
const ports = {
  ...photoStore(env.TABLE_NAME),
  ...accountStore(env.TABLE_NAME),
  ...photoObjects(env.UPLOAD_BUCKET, env.DISTRIBUTION_BUCKET),
  announceRemoval: (owner: string) => publishAccountDeleted(env.EVENT_BUS_NAME, owner),
  removeIdentity: (subject: string) => removeIdentity(env.USER_POOL_ID, subject),
};
/** Kept free to answer: what is not done by then is left to the sweep. */
const reserveMs = 8000;

export const handler = route(async ({ event, context }) => {
  const isComplete = await removeAccount(callerOf(event), ports, () => context.getRemainingTimeInMillis() < reserveMs);
  logger.info('account removed', { isComplete });
  return isComplete ? { status: 204 } : { status: 202, body: { status: 'REMOVING' } };
});
