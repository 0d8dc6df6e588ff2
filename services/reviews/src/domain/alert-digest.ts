import type { Review } from './review.ts';
import { cutToBytes } from './text.ts';

/** Of a text, and of its translation: so that ten reviews, as many as make one mail, are never more than SNS's 256 KB. */
const maxQuotedBytes = 12_000;

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
      : [quoted(translatedText), '', `Original (${language ?? 'unknown language'}):`]),
    quoted(text),
    '',
    `${siteUrl}/places/${subject}#review-${reviewId}`,
  ];
  return lines.join('\n');
}

const lineBreaks = /\r\n|[\n\r\u0085\u2028\u2029]/;
/** They turn what follows around: a line that somebody wrote could look like one of ours. */
const bidiControls = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** What somebody wrote, each line marked as theirs. */
const quoted = (text: string): string =>
  cutToBytes(
    text
      .replaceAll(bidiControls, '')
      .split(lineBreaks)
      .map((line) => `> ${line}`)
      .join('\n'),
    maxQuotedBytes,
  );
