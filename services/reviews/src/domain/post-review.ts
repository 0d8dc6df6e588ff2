import { ConflictError } from '@happy-path/http-api/errors';
import { type NewReview, type Review, reviewIdFor } from './review.ts';

export interface PostPorts {
  /** Stores the review unless one has its id. @returns the one that is stored */
  addReview(review: Review): Promise<Review>;
}

interface Post {
  readonly posted: NewReview;
  readonly author: string;
  /** The author's idempotency key. */
  readonly key: string | undefined;
  readonly correlationId: string;
  readonly now: Date;
}

/**
 * Stores what was posted, for the steps to take up.
 *
 * @throws ConflictError when the key was used for another review
 */
export async function postReview({ posted, author, key, correlationId, now }: Post, ports: PostPorts): Promise<Review> {
  const stored = await ports.addReview({
    reviewId: reviewIdFor(author, key),
    ...posted,
    author,
    createdAt: now.toISOString(),
    correlationId,
    translationStatus: 'PENDING',
    sentimentStatus: 'PENDING',
    media: {},
  });
  const isSame = (['subject', 'rating', 'text'] as const).every((field) => stored[field] === posted[field]);
  // A language that was not given may have been detected meanwhile.
  const isSameLanguage = posted.language === stored.language || (posted.language === undefined && stored.languageScore);
  if (!isSame || !isSameLanguage) throw new ConflictError(otherReview);
  return stored;
}

export const otherReview = 'This Idempotency-Key was used for another review';
export const removedReview = 'The review that was posted with this Idempotency-Key has been removed';
