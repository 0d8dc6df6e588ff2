import { isLapsed, type Picture, type Pictures } from '../domain/pictures.ts';
import type { Review } from '../domain/review.ts';

/** A review as lists show it. Who wrote it is not told. */
export function reviewAnswer(review: Review) {
  const { reviewId, subject, rating, text, createdAt, media } = review;
  const { language, languageScore, translatedText, translatedLanguage } = review;
  const { translationStatus, sentiment, sentimentScore } = review;
  return {
    reviewId,
    subject,
    rating,
    text,
    createdAt,
    ...(language !== undefined && { language }),
    ...(languageScore !== undefined && { languageScore }),
    ...(translatedText !== undefined && { translatedText, translatedLanguage }),
    // That an operator has it taken up again is none of a reader's business.
    translationStatus: translationStatus === 'RETRY' ? 'PENDING' : translationStatus,
    ...(sentiment !== undefined && { sentiment }),
    ...(sentimentScore !== undefined && { sentimentScore }),
    media: mediaAnswer(media, ({ status }) => status === 'PUBLISHED'),
  };
}

/** A review by itself: with the pictures, too, that are not published. */
export const wholeReviewAnswer = (review: Review, now: Date) => ({
  ...reviewAnswer(review),
  media: mediaAnswer(review.media, (picture) => !isLapsed(picture, now)),
});

/** A negative review as managers see it. */
export const negativeReviewAnswer = (review: Review) => ({
  ...reviewAnswer(review),
  negativeSince: review.negativeSince,
  ...(review.alertedAt !== undefined && { alertedAt: review.alertedAt }),
});

/** URLs are relative to the site: the CDN serves pictures under the page's own domain. */
const mediaAnswer = (pictures: Pictures, isShown: (picture: Picture) => boolean) =>
  Object.entries(pictures)
    .filter(([, picture]) => isShown(picture))
    .sort(([, a], [, b]) => a.createdAt.localeCompare(b.createdAt))
    .map(([mediaId, { status, reason, reasonDetail, width, height, renditions }]) => ({
      mediaId,
      status,
      ...(reason !== undefined && { reason, reasonDetail }),
      ...(renditions !== undefined && {
        width,
        height,
        renditions: renditions.map(({ key, ...rendition }) => ({ ...rendition, url: `/${key}` })),
      }),
    }));
