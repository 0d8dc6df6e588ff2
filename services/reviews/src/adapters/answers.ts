import type { Review } from '../domain/review.ts';

/** A review as the API shows it. Who wrote it is not told. */
export function reviewAnswer(review: Review) {
  const { reviewId, subject, rating, text, createdAt } = review;
  const { language, languageScore, translatedText, translationStatus, sentiment, sentimentScore } = review;
  return {
    reviewId,
    subject,
    rating,
    text,
    createdAt,
    ...(language !== undefined && { language }),
    ...(languageScore !== undefined && { languageScore }),
    ...(translatedText !== undefined && { translatedText }),
    // That an operator has it taken up again is none of a reader's business.
    translationStatus: translationStatus === 'RETRY' ? 'PENDING' : translationStatus,
    ...(sentiment !== undefined && { sentiment }),
    ...(sentimentScore !== undefined && { sentimentScore }),
    media: [],
  };
}
