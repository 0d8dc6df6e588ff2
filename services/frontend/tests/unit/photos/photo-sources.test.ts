import { expect, it } from 'vitest';
import { momentOf, sizeOf, sourcesOf } from '../../../src/photos/photo-sources.ts';
import { photo } from './photo.ts';

it('offers WebP first and JPEG to all others, each with its width', () => {
  expect(sourcesOf(photo())).toEqual({
    webp: '/photos/p1/tile.webp 400w, /photos/p1/scaled.webp 600w',
    jpeg: '/photos/p1/tile.jpg 400w, /photos/p1/scaled.jpg 600w',
    src: '/photos/p1/tile.jpg',
  });
});

it('leaves the square out where the whole photo is shown', () => {
  expect(sourcesOf(photo(), 'scaled')).toMatchObject({
    webp: '/photos/p1/scaled.webp 600w',
    src: '/photos/p1/scaled.jpg',
  });
  expect(sizeOf(photo())).toEqual({ width: 600, height: 800 });
});

it('makes do with what there is', () => {
  const small = photo({
    renditions: [{ kind: 'tile', type: 'image/webp', url: '/photos/p1/t.webp', width: 90, height: 90 }],
  });
  expect(sourcesOf(small)).toEqual({ webp: '/photos/p1/t.webp 90w', jpeg: undefined, src: '/photos/p1/t.webp' });
  expect(sizeOf(small)).toEqual({ width: 3000, height: 4000 });
});

it.each([
  ['2026-06-14T10:38:52', '2026-06-14T10:38:52Z', 'UTC'],
  ['2026-06-14T10:38:52+09:00', '2026-06-14T10:38:52Z', 'UTC'],
  [undefined, '2026-06-15T00:00:00Z', undefined],
  ['2026-13-45T10:38:52', '2026-06-15T00:00:00Z', undefined],
])('shows the camera’s clock %s as %s', (takenAt, at, timeZone) => {
  expect(momentOf(photo({ takenAt, createdAt: '2026-06-15T00:00:00Z' }))).toEqual({ at, timeZone });
});
