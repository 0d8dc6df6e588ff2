import { ConflictError } from '@happy-path/http-api/errors';
import { callerOf, idempotencyKeyOf, parseBody, route } from '@happy-path/http-api/route';
import { readEnvironment, text, wholeNumber } from '@happy-path/runtime/environment';
import { count, logger } from '@happy-path/runtime/observability';
import * as z from 'zod/mini';
import { reviewAnswer } from '../adapters/answers.ts';
import { reviewStore } from '../adapters/dynamo-review-store.ts';
import { language, rating, reviewText, subject } from '../adapters/http-fields.ts';
import { onceFor } from '../adapters/powertools-idempotency.ts';
import { postReview, removedReview } from '../domain/post-review.ts';
import type { Review } from '../domain/review.ts';

const env = readEnvironment({
  TABLE_NAME: text,
  IDEMPOTENCY_TABLE_NAME: text,
  DAILY_REVIEW_QUOTA: wholeNumber(1, 1_000_000),
});
const reviews = reviewStore(env.TABLE_NAME);
const ports = {
  addReview: (review: Parameters<typeof reviews.addReview>[0]) => reviews.addReview(review, env.DAILY_REVIEW_QUOTA),
};
/** A text of the greatest length in JSON, each of its bytes escaped. */
const maxBodyBytes = 32_768;

const body = z.strictObject({ subject, rating, text: reviewText, language: z.optional(language) }, 'must be an object');

const once = onceFor(env.IDEMPOTENCY_TABLE_NAME);

export const handler = route(async ({ event, context, correlationId }) => {
  const posted = parseBody(body, event, maxBodyBytes);
  const author = callerOf(event);
  const key = idempotencyKeyOf(event);
  let review: Review | undefined;
  // What is remembered of a request is the id alone: a review that its author removes is nowhere any more.
  const { reviewId } = await once(context, { author, key, payload: posted }, async () => {
    review = await postReview({ posted, author, key, correlationId, now: new Date() }, ports);
    logger.info('review posted', { reviewId: review.reviewId, subject: review.subject, rating: review.rating });
    count('ReviewsPosted');
    return { reviewId: review.reviewId };
  });
  review ??= await reviews.readReview(reviewId);
  if (!review) throw new ConflictError(removedReview);
  return { status: 201, body: reviewAnswer(review), headers: { location: `reviews/${reviewId}` } };
});
