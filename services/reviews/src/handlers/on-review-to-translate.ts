import { failuresIn, readOrLayAside, type Unread } from '@happy-path/aws/table-stream';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import { count, flushMetrics, logger } from '@happy-path/runtime/observability';
import type { Context, DynamoDBBatchResponse } from 'aws-lambda';
import { reviewStore } from '../adapters/dynamo-review-store.ts';
import { stepStore } from '../adapters/dynamo-step-store.ts';
import { languageServices } from '../adapters/language-services.ts';
import { reviewOf } from '../adapters/review-stream.ts';
import { patientServices } from '../domain/language-services.ts';
import { translateReview } from '../domain/translation.ts';

const env = readEnvironment({ TABLE_NAME: text, COMMON_LANGUAGE: text, DEAD_LETTER_QUEUE_URL: text });
const stores = { ...reviewStore(env.TABLE_NAME), ...stepStore(env.TABLE_NAME) };

/**
 * Step 1. Only what may go well later is reported as failed: what is wrong with a text is marked on its review, and a
 * record that makes no sense is laid aside.
 *
 * @throws when the event is no batch of a stream
 */
export const handler = async (event: unknown, context: Context): Promise<DynamoDBBatchResponse> => {
  logger.addContext(context);
  logger.resetKeys();
  const batchItemFailures = await failuresIn(event, translate);
  flushMetrics();
  return { batchItemFailures };
};

async function translate(record: Unread): Promise<void> {
  const waiting = await readOrLayAside(record, env.DEAD_LETTER_QUEUE_URL, reviewOf);
  if (waiting === undefined) return;
  const { reviewId, since } = waiting;
  const ports = { ...stores, ...patientServices(languageServices, since) };
  const outcome = await translateReview(reviewId, env.COMMON_LANGUAGE, ports);
  logger.info('translated', { reviewId, outcome: outcome ?? 'NOTHING_TO_DO' });
  if (outcome !== undefined) count('ReviewsTranslated', { outcome });
}
