import { afterEach, expect, it, vi } from 'vitest';
import { type EffectScope, effectScope, ref } from 'vue';
import { type PlaceReviews, usePlaceReviews } from '../../../src/reviews/place-reviews.ts';
import type { Review } from '../../../src/reviews/review-types.ts';
import type { Page } from '../../../src/ui/paging.ts';
import { settle, TurnedClock } from '../turned-clock.ts';
import { medium, review, untouched } from './review.ts';

const scopes: EffectScope[] = [];
afterEach(() => {
  for (const scope of scopes.splice(0)) scope.stop();
});

const postedAt = Date.parse('2026-06-14T10:00:00Z');

interface Given {
  readonly pages?: Record<string, readonly Review[]>;
  readonly own?: readonly string[];
  /** How long ago the reviews were posted. */
  readonly ageMs?: number;
}

async function look({ pages = { 'park-1': [] }, own = [], ageMs = 5000 }: Given = {}) {
  const clock = new TurnedClock(postedAt + ageMs);
  const place = ref('park-1');
  const server = new Map(Object.values(pages).flatMap((page) => page.map((each) => [each.reviewId, each] as const)));
  const asked: string[] = [];
  const page = vi.fn(async (placeId: string): Promise<Page<Review>> => ({ items: pages[placeId] ?? [] }));
  const remove = vi.fn(async () => {});
  const scope = effectScope();
  scopes.push(scope);
  const reviews = scope.run(() =>
    usePlaceReviews(() => place.value, {
      page,
      async one(reviewId) {
        asked.push(reviewId);
        return server.get(reviewId);
      },
      remove,
      isOwn: (reviewId) => own.includes(reviewId),
      clock,
    }),
  ) as PlaceReviews;
  await settle();
  return { reviews, shown: reviews.paging.items, clock, place, server, asked, page, remove, scope };
}

it('asks again for a translation that is to come, and shows it', async () => {
  const { reviews, shown, clock, server, asked } = await look({ pages: { 'park-1': [untouched()] } });
  expect([...reviews.awaited.value]).toEqual(['r1']);
  await clock.turn(1500);
  expect(asked).toEqual(['r1']);
  server.set('r1', review());
  await clock.turn(2000);
  expect(shown.value).toEqual([review()]);
  expect(reviews.awaited.value.size).toBe(0);
  await clock.turn(600_000);
  expect(asked).toHaveLength(2);
});

it('gives up asking after some minutes', async () => {
  const { clock, asked } = await look({ pages: { 'park-1': [untouched()] } });
  await clock.turn(3_600_000);
  expect(asked).toHaveLength(9);
  expect(clock.nextMs).toBeUndefined();
});

it('does not ask for what has not come for long: a step may be switched off', async () => {
  const { reviews, clock, asked } = await look({ pages: { 'park-1': [untouched()] }, ageMs: 600_000 });
  expect(reviews.awaited.value.size).toBe(0);
  await clock.turn(60_000);
  expect(asked).toEqual([]);
});

it('asks on after a failure, and takes away what is gone', async () => {
  const { reviews, shown, clock, server } = await look({ pages: { 'park-1': [untouched()] } });
  const get = vi.spyOn(server, 'get').mockImplementationOnce(() => {
    throw new Error('no network');
  });
  await clock.turn(1500);
  expect(get).toHaveBeenCalledOnce();
  expect(reviews.awaited.value.size).toBe(1);
  server.delete('r1');
  await clock.turn(2000);
  expect(shown.value).toEqual([]);
});

it('begins anew for a review that was just posted, and for a photo of it', async () => {
  const { reviews, clock, asked, server } = await look();
  server.set('r1', untouched({ translationStatus: 'NOT_NEEDED', media: [medium({ status: 'PENDING' })] }));
  reviews.paging.prepend(untouched());
  await clock.turn(1500);
  expect(asked.length).toBeGreaterThan(0);
  await clock.turn(3_600_000);
  expect(clock.nextMs).toBeUndefined();

  const before = asked.length;
  server.set('r1', review({ createdAt: new Date(clock.now()).toISOString(), media: [medium({ status: 'PENDING' })] }));
  await reviews.refresh('r1');
  server.set('r1', review({ media: [medium()] }));
  await clock.turn(1500);
  expect(asked.slice(before)).toEqual(['r1', 'r1']);
  expect(reviews.paging.items.value[0]?.media).toEqual([medium()]);
});

it('asks soon for what comes while it asks ever more rarely for something else', async () => {
  const { reviews, clock } = await look({ pages: { 'park-1': [untouched()] } });
  await clock.turn(7000);
  expect(clock.nextMs).toBeGreaterThan(3000);
  reviews.paging.prepend(untouched({ reviewId: 'r2' }));
  expect(clock.nextMs).toBe(1500);
});

it('asks one’s own review itself for the photos that lists do not name', async () => {
  const { shown, server, asked, reviews } = await look({ pages: { 'park-1': [review()] }, own: ['r1'] });
  server.set('r1', review({ media: [medium({ status: 'PENDING' })] }));
  await settle();
  expect(asked).toEqual(['r1']);
  expect(shown.value).toHaveLength(1);
  await reviews.refresh('r1');
  expect([...reviews.awaited.value]).toEqual(['r1']);
});

it('turns to another place, and asks for nothing of the former one any more', async () => {
  const pages = { 'park-1': [untouched()], 'park-2': [review({ reviewId: 'r2', subject: 'park-2' })] };
  const { shown, clock, place, asked } = await look({ pages });
  place.value = 'park-2';
  await settle();
  expect(shown.value.map(({ reviewId }) => reviewId)).toEqual(['r2']);
  await clock.turn(60_000);
  expect(asked).toEqual([]);
});

it('keeps a review that could not be deleted', async () => {
  const { reviews, shown, remove } = await look({ pages: { 'park-1': [review()] } });
  remove.mockRejectedValueOnce(new Error('no network'));
  await expect(reviews.remove('r1')).rejects.toThrow('no network');
  expect(shown.value).toHaveLength(1);
  await reviews.remove('r1');
  expect(shown.value).toEqual([]);
});

it('asks for nothing when it is left', async () => {
  const { clock, asked, scope } = await look({ pages: { 'park-1': [untouched()] } });
  scope.stop();
  await clock.turn(60_000);
  expect(asked).toEqual([]);
});
