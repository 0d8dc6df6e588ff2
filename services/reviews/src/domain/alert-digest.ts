import type { Review } from './review.ts';
import { cutToBytes } from './text.ts';

/** So that ten reviews, as many as make one mail, are never more than the 256 KB that SNS takes. */
const maxQuotedBytes = 15_000;

/** One mail about the negative reviews of a window, as Amazon SNS sends it. */
export interface Digest {
  /** ASCII in one line of at most 100 characters: SNS takes no other. */
  readonly subject: string;
  readonly message: string;
}

/** @param siteUrl origin of the page, where each review's subject has its own */
export function digestOf(reviews: readonly Review[], siteUrl: string): Digest {
  const [first] = reviews;
  const subject =
    reviews.length === 1 && first ? `Unhappy review of ${first.subject}` : `${reviews.length} unhappy reviews`;
  return { subject, message: reviews.map((review) => paragraphOf(review, siteUrl)).join('\n\n----\n\n') };
}

function paragraphOf(review: Review, siteUrl: string): string {
  const { reviewId, subject, rating, createdAt, language, text, translatedText, sentimentScore = 0 } = review;
  const lines = [
    `${rating} of 5 stars for ${subject}, posted ${createdAt}`,
    `${Math.round(sentimentScore * 100)} % negative`,
    '',
    ...(translatedText === undefined
      ? []
      : [cutToBytes(translatedText, maxQuotedBytes), '', `Original (${language ?? 'unknown language'}):`]),
    text,
    '',
    `${siteUrl}/places/${subject}#review-${reviewId}`,
  ];
  return lines.join('\n');
}
