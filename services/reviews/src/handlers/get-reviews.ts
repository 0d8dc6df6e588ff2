import { pageLimit, toCursor } from '@happy-path/http-api/fields';
import { parseQuery, route } from '@happy-path/http-api/route';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import * as z from 'zod/mini';
import { reviewAnswer } from '../adapters/answers.ts';
import { reviewStore } from '../adapters/dynamo-review-store.ts';
import { reviewCursor, subject } from '../adapters/http-fields.ts';

const env = readEnvironment({ TABLE_NAME: text });
const reviews = reviewStore(env.TABLE_NAME);

const query = z.strictObject({ subject, limit: pageLimit(50, 20), cursor: reviewCursor });

export const handler = route(async ({ event }) => {
  const { subject, limit, cursor } = parseQuery(query, event);
  const page = await reviews.reviewsOf(subject, limit, cursor);
  return {
    status: 200,
    body: { reviews: page.reviews.map(reviewAnswer), ...(page.next && { cursor: toCursor(page.next) }) },
  };
});
