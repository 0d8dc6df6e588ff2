import type { Review } from './review.ts';

export interface RemovalPorts {
  /** Strongly consistent. */
  readReview(reviewId: string): Promise<Review | undefined>;
  /** Removes everything of a review's pictures. */
  removePictures(reviewId: string): Promise<void>;
  deleteReview(reviewId: string): Promise<void>;
}

/**
 * Removes a review: first the pictures that others see, last its row, so that whatever is cut short can be repeated.
 *
 * @returns false when the review does not exist or is not this author's
 */
export async function removeReview(reviewId: string, author: string, ports: RemovalPorts): Promise<boolean> {
  const review = await ports.readReview(reviewId);
  if (review?.author !== author) return false;
  await ports.removePictures(reviewId);
  await ports.deleteReview(reviewId);
  // A picture that was being prepared may have been stored in between; from now on it finds no review and takes itself back.
  if (Object.keys(review.media).length > 0) await ports.removePictures(reviewId);
  return true;
}

export interface AccountPorts extends RemovalPorts {
  /** Refuses further reviews of this author until the account's tokens have expired. */
  closeAccount(author: string): Promise<void>;
  /** Ids of the author's reviews, a page at a time. */
  reviewsBy(author: string): AsyncIterable<readonly string[]>;
  removeQuota(author: string): Promise<void>;
}

/**
 * Removes every review of an author. Safe to run again, and meant to be: the index of an author's reviews may lag behind a
 * review of a moment ago, so the backend tells of a deleted account once more, a minute later.
 *
 * @returns how many were removed
 */
export async function removeReviewsBy(author: string, ports: AccountPorts): Promise<number> {
  await ports.closeAccount(author);
  let removed = 0;
  for await (const reviewIds of ports.reviewsBy(author)) {
    const results = await Promise.all(reviewIds.map((reviewId) => removeReview(reviewId, author, ports)));
    removed += results.filter(Boolean).length;
  }
  await ports.removeQuota(author);
  return removed;
}
