import type { Review } from './review.ts';

/** A review as it was when it was found negative. */
export type MarkedReview = Pick<
  Review,
  'reviewId' | 'subject' | 'rating' | 'language' | 'createdAt' | 'correlationId'
> & { readonly sentimentScore: number; readonly negativeSince: string };

/** The service's own event, before it is put into the bus's envelope. */
export interface NegativeReviewFound {
  readonly version: 1;
  readonly eventId: string;
  readonly reviewId: string;
  readonly subject: string;
  readonly rating: number;
  readonly language?: string;
  readonly sentimentScore: number;
  readonly createdAt: string;
  readonly negativeSince: string;
  readonly correlationId: string;
}

export interface AlertPorts {
  /** Strongly consistent: the mark may be hours old, or come again. */
  readReview(reviewId: string): Promise<Review | undefined>;
  /** Puts the review among those that a manager is to be told of. */
  queueAlert(reviewId: string): Promise<void>;
  announce(event: NegativeReviewFound): Promise<void>;
  /** Records that both were told of the mark, unless an operator has it told again. */
  recordAnnounced(reviewId: string): Promise<void>;
}

/**
 * Tells the alert queue and the bus of a negative review, each whether or not the other takes it. A mark that comes again
 * after both were told is passed over, and so is one of a review that is gone; an operator may have the queue told again.
 *
 * @returns whether there was anything to tell
 * @throws when one of them did not take it: both are then told again, and both can stand that
 */
export async function raiseAlert(review: MarkedReview, ports: AlertPorts): Promise<boolean> {
  const row = await ports.readReview(review.reviewId);
  if (row === undefined || row.alertStatus === 'ALERTED') return false;
  const isAnnounced = row.announcedAt !== undefined;
  if (isAnnounced && row.alertStatus !== 'RETRY') return false;
  const told = await Promise.allSettled([
    ports.queueAlert(review.reviewId),
    ...(isAnnounced ? [] : [ports.announce(eventOf(review))]),
  ]);
  for (const each of told) if (each.status === 'rejected') throw each.reason;
  if (!isAnnounced) await ports.recordAnnounced(review.reviewId);
  return true;
}

/** From what happened, not from its delivery: the same again when the mark is read again. */
function eventOf(review: MarkedReview): NegativeReviewFound {
  const { reviewId, subject, rating, language, sentimentScore, createdAt, negativeSince, correlationId } = review;
  return {
    version: 1,
    eventId: `${reviewId}#${negativeSince}`,
    reviewId,
    subject,
    rating,
    ...(language !== undefined && { language }),
    sentimentScore,
    createdAt,
    negativeSince,
    correlationId,
  };
}
