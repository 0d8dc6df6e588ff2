import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { effectScope, nextTick, ref } from 'vue';
import type { Photo } from '../../../src/api/types.ts';
import { type PlacePhotos, usePlacePhotos } from '../../../src/photos/place-photos.ts';
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
let push: (photo: Photo) => void;
let connect: () => void;
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
      onPhoto: (_placeId, callback) => {
        push = callback;
        return () => undefined;
      },
      onConnected: (callback) => {
        connect = callback;
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
  push(numbered(4));
  push(numbered(4));
  await settled();
  expect(shown()).toEqual(['p4', 'p3', 'p2', 'p1']);
  expect([...photos.fresh.value]).toEqual(['p4']);
  expect(told).toEqual([1]);
});

it("tells of what comes at the same time once, and of one's own not at all", async () => {
  own = ['p5'];
  for (const number of [4, 5, 6]) push(numbered(number));
  await settled();
  own = ['p7'];
  push(numbered(7));
  await settled();
  expect(shown().slice(0, 4)).toEqual(['p7', 'p6', 'p5', 'p4']);
  expect(told).toEqual([2]);
});

it('shows what was published between the first read and the first connection', async () => {
  published = [numbered(5), numbered(4), ...published];
  connect();
  await settled();
  expect(shown()).toEqual(['p5', 'p4', 'p3', 'p2', 'p1']);
  expect(told).toEqual([2]);
});

it('asks again when the connection is there before the first page is', async () => {
  scope.stop();
  start();
  connect();
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
  push(numbered(4));
  place.value = 'park-2';
  await settled();
  expect(shown()).toEqual(['p9']);
  expect(told).toEqual([]);
  push(numbered(5));
  await settled();
  expect(shown()).toEqual(['p9']);
});
