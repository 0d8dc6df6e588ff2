import type { Medium, Review } from '../../../src/reviews/review-types.ts';

/** A review in Spanish that has just been posted and was translated. */
export const review = (changes: Partial<Review> = {}): Review => ({
  reviewId: 'r1',
  subject: 'park-1',
  rating: 2,
  text: 'Los baños estaban sucios.',
  createdAt: '2026-06-14T10:00:00Z',
  language: 'es',
  translatedText: 'The baths were dirty.',
  translatedLanguage: 'en',
  translationStatus: 'TRANSLATED',
  media: [],
  ...changes,
});

/** One that nothing is known of but what was typed. */
export function untouched(changes: Partial<Review> = {}): Review {
  const { language: _, translatedText: __, ...posted } = review({ translationStatus: 'PENDING' });
  return { ...posted, ...changes };
}

export const medium = (changes: Partial<Medium> = {}): Medium => ({
  mediaId: 'm1',
  status: 'PUBLISHED',
  width: 3000,
  height: 4000,
  renditions: [
    { kind: 'tile', type: 'image/jpeg', url: '/reviews/r1/m1/tile.jpg', width: 400, height: 400 },
    { kind: 'scaled', type: 'image/jpeg', url: '/reviews/r1/m1/scaled.jpg', width: 600, height: 800 },
  ],
  ...changes,
});
