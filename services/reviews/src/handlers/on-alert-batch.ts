import { readEnvironment, text } from '@happy-path/runtime/environment';
import { count, flushMetrics, logger } from '@happy-path/runtime/observability';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import { alertStore } from '../adapters/dynamo-alert-store.ts';
import { reviewStore } from '../adapters/dynamo-review-store.ts';
import { mailTo } from '../adapters/sns-mail.ts';
import { alertMessages } from '../adapters/sqs-alerts.ts';
import { tellManager } from '../domain/alert-batch.ts';

const env = readEnvironment({ TABLE_NAME: text, ALERTS_TOPIC_ARN: text, SITE_URL: text });
const ports = { ...reviewStore(env.TABLE_NAME), ...alertStore(env.TABLE_NAME), ...mailTo(env.ALERTS_TOPIC_ARN) };

/** What is left for the last attempt at a mark, and for the answer. */
const lastAttemptMs = 10_000;

/**
 * Negative reviews of one window -> one mail. A message that makes no sense is reported like one that failed: the queue
 * lays it aside after a few receives.
 *
 * @throws when the event is no batch of a queue
 */
export const handler = async (event: unknown, context: Context): Promise<SQSBatchResponse> => {
  logger.addContext(context);
  logger.resetKeys();
  const { messages, unreadable } = alertMessages(event);
  for (const { messageId, error } of unreadable) logger.error('a message makes no sense', { messageId, error });

  const ids = messages.map(({ reviewId }) => reviewId);
  const now = new Date();
  const deadline = new Date(now.getTime() + context.getRemainingTimeInMillis() - lastAttemptMs);
  const { told, failed } = await tellManager(ids, context.awsRequestId, env.SITE_URL, now, deadline, ports);
  for (const [reviewId, error] of failed)
    logger.error('a manager is not told yet', { reviewId, error: error as Error });
  logger.info('told a manager', { reviews: told });
  count('ReviewsAlerted', undefined, told.length);
  flushMetrics();

  const again = [...unreadable, ...messages.filter(({ reviewId }) => failed.has(reviewId))];
  return { batchItemFailures: again.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};
