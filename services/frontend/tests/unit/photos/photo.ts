import type { Photo, Rendition } from '../../../src/api/types.ts';

const rendition = (photoId: string, kind: 'tile' | 'scaled', type: 'jpeg' | 'webp'): Rendition => ({
  kind,
  type: `image/${type}`,
  url: `/photos/${photoId}/${kind}.${type === 'jpeg' ? 'jpg' : type}`,
  width: kind === 'tile' ? 400 : 600,
  height: kind === 'tile' ? 400 : 800,
});

/** A published photo, upright. */
export function photo(changes: Partial<Record<keyof Photo, unknown>> = {}): Photo {
  const photoId = String(changes.photoId ?? 'p1');
  return {
    photoId,
    placeId: 'park-1',
    createdAt: '2026-06-15T00:00:00Z',
    width: 3000,
    height: 4000,
    renditions: [
      rendition(photoId, 'scaled', 'webp'),
      rendition(photoId, 'tile', 'jpeg'),
      rendition(photoId, 'scaled', 'jpeg'),
      rendition(photoId, 'tile', 'webp'),
    ],
    ...changes,
  } as Photo;
}
