import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { effectScope, nextTick, ref } from 'vue';
import type { Photo } from '../../../src/api/types.ts';
import { type PlacePhotos, usePlacePhotos } from '../../../src/photos/place-photos.ts';
import type { PlaceListener } from '../../../src/realtime/realtime.ts';
import { photo } from './photo.ts';

/** Photos of `park-1`, the higher the number the newer. */
const numbered = (number: number, placeId = 'park-1'): Photo =>
  photo({ photoId: `p${number}`, placeId, createdAt: new Date(Date.UTC(2026, 0, number)).toISOString() });

let published: Photo[];
let pageSize: number;
let reads: number;
let isOnline: boolean;
let isDown: boolean;
let own: string[];
let told: number[];
let news: PlaceListener;
const place = ref('park-1');
let scope: ReturnType<typeof effectScope>;
let photos: PlacePhotos;

beforeEach(async () => {
  vi.useFakeTimers();
  published = [3, 2, 1].map((number) => numbered(number));
  pageSize = 24;
  reads = 0;
  isOnline = true;
  isDown = false;
  own = [];
  told = [];
  place.value = 'park-1';
  start();
  await settled();
});

afterEach(() => {
  scope.stop();
  vi.useRealTimers();
});

function start(): void {
  scope = effectScope(true);
  photos = scope.run(() =>
    usePlacePhotos(() => place.value, {
      page: async (placeId, cursor) => {
        reads += 1;
        if (isDown) throw new Error('No network');
        const from = Number(cursor ?? 0);
        const there = published.filter((each) => each.placeId === placeId);
        const next = from + pageSize < there.length ? String(from + pageSize) : undefined;
        return { items: there.slice(from, from + pageSize), cursor: next };
      },
      onNews: (_placeId, listener) => {
        news = listener;
        return () => undefined;
      },
      isOnline: () => isOnline,
      isOwn: (photoId) => own.includes(photoId),
      tell: (count) => told.push(count),
    }),
  ) as PlacePhotos;
}

const settled = async () => {
  await nextTick();
  await vi.advanceTimersByTimeAsync(1_000);
};
const shown = () => photos.paging.items.value.map(({ photoId }) => photoId);

it('puts what comes live first, marks it and tells of it', async () => {
  news.onPhoto(numbered(4));
  news.onPhoto(numbered(4));
  await settled();
  expect(shown()).toEqual(['p4', 'p3', 'p2', 'p1']);
  expect([...photos.fresh.value]).toEqual(['p4']);
  expect(told).toEqual([1]);
});

it("tells of what comes at the same time once, and of one's own not at all", async () => {
  own = ['p5'];
  for (const number of [4, 5, 6]) news.onPhoto(numbered(number));
  await settled();
  own = ['p7'];
  news.onPhoto(numbered(7));
  await settled();
  expect(shown().slice(0, 4)).toEqual(['p7', 'p6', 'p5', 'p4']);
  expect(told).toEqual([2]);
});

it('shows what was published between the first read and the first connection', async () => {
  published = [numbered(5), numbered(4), ...published];
  news.onListening();
  await settled();
  expect(shown()).toEqual(['p5', 'p4', 'p3', 'p2', 'p1']);
  expect(told).toEqual([2]);
});

it('asks again when the connection is there before the first page is', async () => {
  scope.stop();
  start();
  news.onListening();
  published = [numbered(4), ...published];
  await settled();
  expect(shown()).toEqual(['p4', 'p3', 'p2', 'p1']);
});

it('drops a photo whose image does not load if it was removed, and only then', async () => {
  published = published.filter(({ photoId }) => photoId !== 'p2');
  photos.failed('p2');
  photos.failed('p3');
  await settled();
  expect(shown()).toEqual(['p3', 'p1']);
});

it('looks for it as far back as it is old, and no further', async () => {
  published = Array.from({ length: 12 }, (_, index) => numbered(20 - index));
  place.value = 'none';
  await settled();
  place.value = 'park-1';
  await settled();
  pageSize = 4;
  reads = 0;
  photos.failed('p14');
  await settled();
  expect(shown()).toContain('p14');
  expect(reads).toBe(2);
});

it('asks nothing while offline, and drops nothing when it cannot ask', async () => {
  reads = 0;
  isOnline = false;
  photos.failed('p1');
  await settled();
  expect(reads).toBe(0);
  isOnline = true;
  isDown = true;
  photos.failed('p1');
  await settled();
  expect(reads).toBe(1);
  expect(shown()).toEqual(['p3', 'p2', 'p1']);
  isDown = false;
  published = published.filter(({ photoId }) => photoId !== 'p1');
  photos.failed('p1');
  await settled();
  expect(shown()).toEqual(['p3', 'p2']);
});

it('begins anew at another place', async () => {
  published.push(numbered(9, 'park-2'));
  news.onPhoto(numbered(4));
  place.value = 'park-2';
  await settled();
  expect(shown()).toEqual(['p9']);
  expect(told).toEqual([]);
  news.onPhoto(numbered(5));
  await settled();
  expect(shown()).toEqual(['p9']);
});

/** The place has so many photos, of which one page is loaded. */
async function many(count: number): Promise<void> {
  published = Array.from({ length: count }, (_, index) => numbered(count - index));
  scope.stop();
  start();
  await settled();
  reads = 0;
}

it('drops a photo at once when it is removed, and does not tell of it', async () => {
  news.onPhoto(numbered(4));
  news.onRemoved('p4');
  news.onRemoved('p2');
  expect(shown()).toEqual(['p3', 'p1']);
  await settled();
  expect(told).toEqual([]);
  expect(reads).toBe(1);
});

it('does not show a removed photo again, by a repeated message or a read that was on its way', async () => {
  pageSize = 2;
  await many(4);
  void photos.paging.more();
  news.onRemoved('p1');
  news.onRemoved('p3');
  news.onPhoto(numbered(3));
  await settled();
  await photos.catchUp();
  expect(shown()).toEqual(['p4', 'p2']);
});

it('drops what was removed while nothing was heard, as far back as it shows photos', async () => {
  pageSize = 2;
  await many(6);
  await photos.paging.more();
  published = published.filter(({ photoId }) => !['p5', 'p3'].includes(photoId));
  news.onListening();
  await settled();
  expect(shown()).toEqual(['p6', 'p4']);
});

it('takes no old photo for a new one when others were removed', async () => {
  await many(240);
  published = published.filter(({ photoId }) => !['p237', 'p236'].includes(photoId));
  news.onListening();
  await settled();
  await photos.catchUp();
  await settled();
  expect(shown().slice(0, 3)).toEqual(['p240', 'p239', 'p238']);
  expect(shown()).toHaveLength(22);
  expect([...photos.fresh.value]).toEqual([]);
  expect(told).toEqual([]);
});

it('welcomes a photo that was shared earlier than others and published later', async () => {
  await many(30);
  const late = { ...numbered(20), photoId: 'late' };
  published = published.toSpliced(10, 0, late);
  await photos.catchUp();
  expect([...photos.fresh.value]).toEqual(['late']);
  expect(shown()).toHaveLength(25);
});

it('asks nothing about a photo that it does not show', async () => {
  await many(240);
  photos.failed('p1');
  await settled();
  expect(reads).toBe(0);
});
