import { ConflictError, NotFoundError } from '@happy-path/http-api/errors';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type ArrivalPorts, type Rendered, recordPicture, takePlace } from '../../../src/domain/illustration.ts';
import { mediaKey, type Picture } from '../../../src/domain/pictures.ts';
import type { Review } from '../../../src/domain/review.ts';
import { idOf, review } from '../review-world.ts';

const pending: Picture = { status: 'PENDING', createdAt: '2026-06-14T12:00:00.000Z', correlationId: 'b7e1c2f4' };
const object = { bucket: 'media', key: mediaKey(idOf(1), idOf(2)), versionId: 'v1', etag: 'e1', size: 7 };

let row: Review | undefined;
let steps: string[];
let rendered: Rendered;
const ports: ArrivalPorts = {
  readReview: async () => row,
  render: async () => rendered,
  async settlePicture(_reviewId, mediaId, picture) {
    if (row?.media[mediaId]?.status !== 'PENDING') return false;
    row = { ...row, media: { ...row.media, [mediaId]: picture } };
    return true;
  },
  removeUpload: async ({ versionId }) => void steps.push(`upload ${versionId} removed`),
  removeOriginal: async () => void steps.push('original removed'),
  removeRenditions: async () => void steps.push('renditions removed'),
};

beforeEach(() => {
  row = review(1, { media: { [idOf(2)]: pending } });
  steps = [];
  rendered = { outcome: 'RENDERED', width: 3, height: 4, store: async () => [] };
});

describe('an uploaded picture', () => {
  it('is published with its review', async () => {
    expect(await recordPicture(object, ports)).toBe('PUBLISHED');
    expect(row?.media[idOf(2)]).toEqual({
      ...pending,
      status: 'PUBLISHED',
      versionId: 'v1',
      width: 3,
      height: 4,
      renditions: [],
    });
    expect(steps).toEqual([]);
  });

  it('that is refused keeps the reason, and nothing of itself', async () => {
    rendered = { outcome: 'REJECTED', reason: 'IMAGE_TOO_SMALL', reasonDetail: 'Choose a larger one.' };
    expect(await recordPicture(object, ports)).toBe('REJECTED');
    expect(row?.media[idOf(2)]).toMatchObject({ status: 'REJECTED', reason: 'IMAGE_TOO_SMALL' });
    expect(steps).toEqual(['original removed']);
  });

  it('whose event comes again changes nothing', async () => {
    await recordPicture(object, ports);
    const published = row;
    expect(await recordPicture(object, ports)).toBe('REPEATED');
    expect(row).toEqual(published);
    expect(steps).toEqual([]);
  });

  it('that was refused is removed when its event comes again: the first removal may have been cut short', async () => {
    row = review(1, { media: { [idOf(2)]: { ...pending, status: 'REJECTED', versionId: 'v1' } } });
    expect(await recordPicture(object, ports)).toBe('REPEATED');
    expect(steps).toEqual(['upload v1 removed']);
  });

  it('that comes a second time leaves nothing of itself, and the published one alone', async () => {
    await recordPicture(object, ports);
    expect(await recordPicture({ ...object, versionId: 'v2' }, ports)).toBe('REPEATED');
    expect(row?.media[idOf(2)]).toMatchObject({ status: 'PUBLISHED', versionId: 'v1' });
    expect(steps).toEqual(['upload v2 removed']);
  });

  it('that another delivery has published meanwhile keeps its renditions', async () => {
    rendered = {
      outcome: 'RENDERED',
      width: 3,
      height: 4,
      store: async () => {
        row = review(1, { media: { [idOf(2)]: { ...pending, status: 'PUBLISHED' } } });
        return [];
      },
    };
    expect(await recordPicture(object, ports)).toBe('REPEATED');
    expect(steps).toEqual([]);
  });

  it('whose review is removed while it is prepared takes itself back', async () => {
    rendered = {
      outcome: 'RENDERED',
      width: 3,
      height: 4,
      store: async () => {
        row = undefined;
        return [];
      },
    };
    expect(await recordPicture(object, ports)).toBe('ORPHAN');
    expect(steps).toEqual(['renditions removed', 'original removed']);
  });

  it.each([
    ['review', undefined],
    ['place', review(1)],
  ])('without a %s is removed', async (_, stored) => {
    row = stored;
    expect(await recordPicture(object, ports)).toBe('ORPHAN');
    expect(steps).toEqual(['renditions removed', 'original removed']);
  });

  it('under a key that was never handed out is left alone', async () => {
    expect(await recordPicture({ ...object, key: 'media/x' }, ports)).toBe('FOREIGN');
    expect(steps).toEqual([]);
  });

  it('that cannot be looked at just now is looked at again', async () => {
    await expect(
      recordPicture(object, { ...ports, render: () => Promise.reject(new Error('S3 is away')) }),
    ).rejects.toThrow('S3 is away');
    expect(row?.media[idOf(2)]).toEqual(pending);
  });
});

describe('a place for a picture', () => {
  const place = { readReview: async () => row, addPicture: vi.fn(async () => true) };
  beforeEach(() => {
    place.addPicture.mockReset().mockResolvedValue(true);
  });

  it('is tried for again when another one was taken meanwhile', async () => {
    place.addPicture.mockResolvedValueOnce(false);
    expect(await takePlace(idOf(1), 'ada', 'b7e1c2f4', place)).toMatch(/^[0-9a-f]{32}$/);
    expect(place.addPicture).toHaveBeenCalledTimes(2);
  });

  it('is not tried for without end', async () => {
    place.addPicture.mockResolvedValue(false);
    await expect(takePlace(idOf(1), 'ada', 'b7e1c2f4', place)).rejects.toThrow('5 times');
  });

  it('is for the author', async () => {
    await expect(takePlace(idOf(1), 'eve', 'b7e1c2f4', place)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('is one of five', async () => {
    row = review(1, {
      media: Object.fromEntries([1, 2, 3, 4, 5].map((n) => [idOf(n), { ...pending, status: 'PUBLISHED' }])),
    });
    await expect(takePlace(idOf(1), 'ada', 'b7e1c2f4', place)).rejects.toBeInstanceOf(ConflictError);
    expect(place.addPicture).not.toHaveBeenCalled();
  });
});
