import type { RejectionReason } from '@happy-path/photos/photo-record';
import { samplePhotos } from '../../samples/photos/index.ts';
import { drawTestCard } from '../ai/src/test-card.ts';

/** What becomes of a photo: it is published, or refused for a reason. */
export type Outcome = 'published' | RejectionReason;

/** A photo of the demo, the type of place it is shared at, and what the four versions are expected to do with it. */
export interface ShowcasePhoto {
  readonly name: string;
  readonly placeType: 'park' | 'restaurant' | 'cafe';
  readonly contentType: string;
  readonly data: Buffer;
  readonly expected: readonly [v1: Outcome, v2: Outcome, v3: Outcome, v4: Outcome];
}

/** No photo that moderation refuses can be shipped, so the local Rekognition is told what to see in this test card. */
export const forcedCard = 1;

const always = (outcome: Outcome) => [outcome, outcome, outcome, outcome] as const;

const showcase: Record<string, Pick<ShowcasePhoto, 'placeType' | 'expected'>> = {
  'park-dandelions.jpg': { placeType: 'park', expected: always('published') },
  'park-creek-24-megapixels.jpg': { placeType: 'park', expected: always('published') },
  'person-photographer.jpg': { placeType: 'park', expected: always('published') },
  'restaurant-fig.jpg': { placeType: 'restaurant', expected: always('published') },
  'person-astronaut.jpg': {
    placeType: 'restaurant',
    expected: ['published', 'published', 'published', 'NO_PEOPLE_ALLOWED'],
  },
  'cafe-coffee.png': {
    placeType: 'cafe',
    expected: ['published', 'published', 'published', 'UNSUPPORTED_PLACE_TYPE'],
  },
  'cafe-cat.webp': { placeType: 'cafe', expected: ['published', 'published', 'IMAGE_TOO_SMALL', 'IMAGE_TOO_SMALL'] },
  'interrupted.jpg': { placeType: 'park', expected: always('UNREADABLE_IMAGE') },
  'drawing.jpg': { placeType: 'park', expected: always('UNSUPPORTED_TYPE') },
  'tracking-pixel.png': { placeType: 'park', expected: always('IMAGE_TOO_SMALL') },
};

/** The demo's photos, in the order they are shown. */
export async function showcasePhotos(): Promise<ShowcasePhoto[]> {
  const photos = (await samplePhotos()).flatMap(({ name, contentType, data }) => {
    const rules = showcase[name];
    return rules ? [{ name, contentType, data, ...rules }] : [];
  });
  return [
    ...photos,
    {
      name: 'test-card.jpg (forced)',
      contentType: 'image/jpeg',
      data: await drawTestCard(forcedCard),
      placeType: 'park',
      expected: ['published', 'FAILED_MODERATION', 'FAILED_MODERATION', 'FAILED_MODERATION'],
    },
  ];
}
