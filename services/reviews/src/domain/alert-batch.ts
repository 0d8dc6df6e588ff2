import { setTimeout as sleep } from 'node:timers/promises';
import { type Digest, digestOf } from './alert-digest.ts';
import type { Review } from './review.ts';

/** How long a claim keeps others from telling of a review: longer than the function can run, shorter than a message hides. */
export const claimSeconds = 120;

export interface AlertBatchPorts {
  /** Strongly consistent. */
  readReview(reviewId: string): Promise<Review | undefined>;
  /**
   * Takes it upon itself to tell of a review until `until` (ISO 8601), unless that was done, or another one has claimed it
   * for now.
   *
   * @returns the review; undefined when the claim failed
   */
  claimAlert(reviewId: string, claim: string, until: string): Promise<Review | undefined>;
  /** Gives a claim back, so that the next one need not wait for its end. */
  releaseAlert(reviewId: string, claim: string): Promise<void>;
  /** Records that a manager was told. */
  settleAlert(reviewId: string, claim: string): Promise<void>;
  /** @throws when the mail is not on its way */
  sendDigest(digest: Digest): Promise<void>;
}

export interface AlertBatchReport {
  /** Ids of the reviews that this mail tells of. */
  readonly told: readonly string[];
  /** Ids whose turn must come again, and why. */
  readonly failed: ReadonlyMap<string, unknown>;
}

/**
 * Tells a manager of negative reviews, in one mail. Reviews that were told of already, or are gone, are passed over.
 *
 * A claim on each review goes first and a mark of it comes last: two at a time never tell of the same one, and one that
 * dies between mail and mark leaves a claim that ends, so that the mail is sent again rather than never.
 *
 * @param claim tells this attempt from all others
 * @param deadline until when a mark that cannot be written is tried again: without it the mail goes out twice
 */
export async function tellManager(
  reviewIds: readonly string[],
  claim: string,
  siteUrl: string,
  now: Date,
  deadline: Date,
  ports: AlertBatchPorts,
): Promise<AlertBatchReport> {
  const until = new Date(now.getTime() + claimSeconds * 1000).toISOString();
  const failed = new Map<string, unknown>();
  const claimed: Review[] = [];
  await Promise.all(
    [...new Set(reviewIds)].map(async (reviewId) => {
      try {
        const review = await ports.claimAlert(reviewId, claim, until);
        if (review !== undefined) claimed.push(review);
        else if (isOwed(await ports.readReview(reviewId)))
          throw new Error(`Another one tells of review ${reviewId} now`);
      } catch (error) {
        failed.set(reviewId, error);
      }
    }),
  );
  if (claimed.length === 0) return { told: [], failed };

  claimed.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  try {
    await ports.sendDigest(digestOf(claimed, siteUrl));
  } catch (error) {
    // Where a claim cannot be given back it ends by itself.
    await Promise.allSettled(claimed.map(({ reviewId }) => ports.releaseAlert(reviewId, claim)));
    for (const { reviewId } of claimed) failed.set(reviewId, error);
    return { told: [], failed };
  }

  const marks = await Promise.allSettled(
    claimed.map(({ reviewId }) => repeatUntil(deadline, () => ports.settleAlert(reviewId, claim))),
  );
  for (const [index, mark] of marks.entries())
    if (mark.status === 'rejected') failed.set(claimed[index]?.reviewId ?? '', mark.reason);
  return { told: claimed.map(({ reviewId }) => reviewId), failed };
}

const isOwed = (review: Review | undefined): boolean =>
  review?.alertStatus !== undefined && review.alertedAt === undefined;

const pauseMs = 200;

async function repeatUntil(deadline: Date, work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() + pauseMs >= deadline.getTime()) throw error;
      await sleep(pauseMs);
    }
  }
}
