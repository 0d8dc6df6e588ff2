import { failuresIn, readOrLayAside, type Unread } from '@happy-path/aws/table-stream';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import { count, flushMetrics, logger } from '@happy-path/runtime/observability';
import type { Context, DynamoDBBatchResponse } from 'aws-lambda';
import * as z from 'zod/mini';
import { alertPorts } from '../adapters/alert-ports.ts';
import { reviewStore } from '../adapters/dynamo-review-store.ts';
import { stepStore } from '../adapters/dynamo-step-store.ts';
import { languageServices } from '../adapters/language-services.ts';
import { scoringTaskOf } from '../adapters/review-stream.ts';
import { raiseAlert } from '../domain/alert.ts';
import { patientServices } from '../domain/language-services.ts';
import { scoreReview } from '../domain/scoring.ts';

const env = readEnvironment({
  TABLE_NAME: text,
  TRANSLATES_REVIEWS: z.enum(['true', 'false']),
  NEGATIVE_THRESHOLD: z.pipe(text, z.pipe(z.transform(Number), z.number().check(z.gte(0), z.lte(1)))),
  ALERT_QUEUE_URL: text,
  EVENT_BUS_NAME: text,
  DEAD_LETTER_QUEUE_URL: text,
});
const rules = {
  translatesReviews: env.TRANSLATES_REVIEWS === 'true',
  negativeThreshold: env.NEGATIVE_THRESHOLD,
};
const stores = { ...reviewStore(env.TABLE_NAME), ...stepStore(env.TABLE_NAME) };
const alerts = { ...stores, ...alertPorts(env.ALERT_QUEUE_URL, env.EVENT_BUS_NAME) };

/**
 * Step 2. Only what may go well later is reported as failed: what is wrong with a text is marked on its review, and a
 * record that makes no sense is laid aside.
 *
 * @throws when the event is no batch of a stream
 */
export const handler = async (event: unknown, context: Context): Promise<DynamoDBBatchResponse> => {
  logger.addContext(context);
  logger.resetKeys();
  const batchItemFailures = await failuresIn(event, score);
  flushMetrics();
  return { batchItemFailures };
};

async function score(record: Unread): Promise<void> {
  const task = await readOrLayAside(record, env.DEAD_LETTER_QUEUE_URL, scoringTaskOf);
  if (task === undefined) return;
  if (task.kind === 'alert') {
    const isRaised = await raiseAlert(task.review, alerts);
    logger.info('marked negative', { reviewId: task.review.reviewId, isRaised });
    return;
  }
  const { reviewId, since } = task.review;
  const ports = { ...stores, ...patientServices(languageServices, since) };
  const { outcome, isAlarming } = await scoreReview(reviewId, rules, ports);
  logger.info('scored', { reviewId, outcome });
  if (outcome !== 'NOTHING_TO_DO') count('ReviewsScored', { outcome });
  if (isAlarming) count('NegativeReviews');
}
