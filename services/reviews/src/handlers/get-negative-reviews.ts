import { ForbiddenError } from '@happy-path/http-api/errors';
import { pageLimit, toCursor } from '@happy-path/http-api/fields';
import { groupsOf, parseQuery, route } from '@happy-path/http-api/route';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import * as z from 'zod/mini';
import { negativeReviewAnswer } from '../adapters/answers.ts';
import { reviewStore } from '../adapters/dynamo-review-store.ts';
import { reviewCursor } from '../adapters/http-fields.ts';

const env = readEnvironment({ TABLE_NAME: text, MANAGERS_GROUP: text });
const reviews = reviewStore(env.TABLE_NAME);

const query = z.strictObject({ limit: pageLimit(50, 20), cursor: reviewCursor });

export const handler = route(async ({ event }) => {
  if (!groupsOf(event).includes(env.MANAGERS_GROUP))
    throw new ForbiddenError(`Only members of the group ${env.MANAGERS_GROUP} may list negative reviews`);
  const { limit, cursor } = parseQuery(query, event);
  const page = await reviews.negativeReviews(limit, cursor);
  return {
    status: 200,
    body: { reviews: page.reviews.map(negativeReviewAnswer), ...(page.next && { cursor: toCursor(page.next) }) },
  };
});
