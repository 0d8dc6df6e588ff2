// @vitest-environment node
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePhotoOutcome, parsePlacePhoto, parseRemoval } from '../../../src/realtime/payloads.ts';

const photo = {
  photoId: '3f0c9a7b5d2e48619ab47c5e0d1f8a23',
  placeId: '9b1e4c7a2f6d08e35a917c4d',
  createdAt: '2026-06-14T09:40:08.112Z',
  width: 3024,
  height: 4032,
  renditions: [
    {
      kind: 'tile',
      type: 'image/webp',
      url: '/photos/3f0c9a7b5d2e48619ab47c5e0d1f8a23/tile.webp',
      width: 400,
      height: 400,
    },
  ],
};
const outcome = { photoId: photo.photoId, placeId: photo.placeId, status: 'REJECTED', reason: 'IMAGE_TOO_SMALL' };

test('takes a photo of its own place', () => {
  expect(parsePlacePhoto(JSON.stringify(photo), photo.placeId)).toEqual(photo);
  expect(parsePlacePhoto(JSON.stringify(photo), 'another')).toBeUndefined();
});

test('takes the outcome of its own photo', () => {
  expect(parsePhotoOutcome(JSON.stringify(outcome), photo.photoId)).toEqual(outcome);
  expect(parsePhotoOutcome(JSON.stringify(outcome), 'another')).toBeUndefined();
});

test('takes the removal of a photo, which a page that does not know it takes for no photo', () => {
  const removal = JSON.stringify({ photoId: photo.photoId, removed: true });
  expect(parseRemoval(removal)).toBe(photo.photoId);
  expect(parsePlacePhoto(removal, photo.placeId)).toBeUndefined();
  expect(parseRemoval(JSON.stringify(photo))).toBeUndefined();
  expect(parseRemoval(JSON.stringify({ photoId: photo.photoId, removed: false }))).toBeUndefined();
});

test('does not load a photo from elsewhere', () => {
  const [rendition] = photo.renditions;
  const foreign = { ...photo, renditions: [{ ...rendition, url: 'https://example.com/photos/a.jpg' }] };
  expect(parsePlacePhoto(JSON.stringify(foreign), photo.placeId)).toBeUndefined();
});

test('ignores whatever else comes', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (payload) => {
      expect(parsePlacePhoto(payload, photo.placeId)).toBeUndefined();
      expect(parsePhotoOutcome(payload, photo.photoId)).toBeUndefined();
      expect(parseRemoval(payload)).toBeUndefined();
    }),
  );
});
