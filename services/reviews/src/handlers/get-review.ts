import { NotFoundError } from '@happy-path/http-api/errors';
import { parsePath, route } from '@happy-path/http-api/route';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import * as z from 'zod/mini';
import { wholeReviewAnswer } from '../adapters/answers.ts';
import { reviewStore } from '../adapters/dynamo-review-store.ts';
import { reviewId } from '../adapters/http-fields.ts';

const env = readEnvironment({ TABLE_NAME: text });
const reviews = reviewStore(env.TABLE_NAME);

export const handler = route(async ({ event }) => {
  const path = parsePath(z.object({ reviewId }), event);
  const review = await reviews.readReview(path.reviewId);
  if (!review) throw new NotFoundError(`There is no review ${path.reviewId}`);
  return { status: 200, body: wholeReviewAnswer(review, new Date()) };
});
