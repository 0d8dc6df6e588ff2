import type { ItemChange } from '@happy-path/aws/table-stream';
import * as z from 'zod/mini';
import type { MarkedReview } from '../domain/alert.ts';

const id = z.string().check(z.regex(/^[0-9a-f]{32}$/));
const row = z.object({ reviewId: id });

const marked = z.object({
  reviewId: id,
  subject: z.string().check(z.minLength(1)),
  rating: z.number(),
  language: z.optional(z.string()),
  sentimentScore: z.number(),
  createdAt: z.string(),
  negativeSince: z.string(),
  correlationId: z.string(),
});

/** A review that a step is to look at, and since when; undefined when the record does not tell. */
export interface WaitingReview {
  readonly reviewId: string;
  readonly since: Date | undefined;
}

/** What a change of a review's row sets off in the step that scores. */
export type ScoringTask =
  | { readonly kind: 'score'; readonly review: WaitingReview }
  | { readonly kind: 'alert'; readonly review: MarkedReview };

/**
 * The review that a change is about; undefined when it is about something else, or removed. What the change was exactly is
 * for the mapping's filters: a step looks at the row itself.
 *
 * @throws when the change should tell of a review and does not
 */
export function reviewOf({ PK, after, changedAt }: ItemChange): WaitingReview | undefined {
  if (!PK.startsWith('review#') || after === undefined) return undefined;
  return { reviewId: z.parse(row, after).reviewId, since: changedAt };
}

/** @throws when the change should tell of a review and does not */
export function scoringTaskOf(change: ItemChange): ScoringTask | undefined {
  const review = reviewOf(change);
  if (review === undefined) return undefined;
  const { before, after } = change;
  const isMarked = after?.['alertStatus'] === 'MARKED' && before?.['alertStatus'] === undefined;
  if (isMarked || after?.['alertStatus'] === 'RETRY') return { kind: 'alert', review: z.parse(marked, after) };
  return { kind: 'score', review };
}
