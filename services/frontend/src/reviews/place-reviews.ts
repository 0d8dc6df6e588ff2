import { computed, onScopeDispose, type Ref, watch } from 'vue';
import type { Clock } from '../realtime/clock.ts';
import { type Page, type Paging, usePaging } from '../ui/paging.ts';
import type { Review } from './review-types.ts';

export interface PlaceReviewsPorts {
  /** Newest first. */
  readonly page: (placeId: string, cursor: string | undefined, signal: AbortSignal) => Promise<Page<Review>>;
  /** Undefined when it is gone. */
  readonly one: (reviewId: string) => Promise<Review | undefined>;
  readonly remove: (reviewId: string) => Promise<void>;
  /** Whether it is the visitor's. */
  readonly isOwn: (reviewId: string) => boolean;
  readonly clock: Clock;
}

export interface PlaceReviews {
  readonly paging: Paging<Review>;
  /** Ids of those whose translation or photos are still to come. */
  readonly awaited: Readonly<Ref<ReadonlySet<string>>>;
  /** Asks how it is now, as after a photo of it was sent. */
  refresh(reviewId: string): Promise<void>;
  /** Deletes a review for everybody. @throws what the API answers, and the review stays in the list */
  remove(reviewId: string): Promise<void>;
}

/** Pauses before asking again for what is to come. After the last one nothing is expected any more. */
const askPausesMs = [1500, 2000, 3000, 5000, 8000, 13_000, 21_000, 34_000, 60_000];

/** What has not come to a review of this age does not come while one looks at it: a step may be switched off. */
const awaitedForMs = 10 * 60_000;

const isOpen = ({ translationStatus, media }: Review): boolean =>
  translationStatus === 'PENDING' || media.some(({ status }) => status === 'PENDING');

/** The reviews of the place that is looked at, which may become another one. Followed for as long as the scope lasts. */
export function usePlaceReviews(placeId: () => string, ports: PlaceReviewsPorts): PlaceReviews {
  const { page, one, remove, isOwn, clock } = ports;
  const paging = usePaging<Review>(
    (cursor, signal) => page(placeId(), cursor, signal),
    ({ reviewId }) => reviewId,
  );
  const awaited = computed<ReadonlySet<string>>(
    () =>
      new Set(paging.items.value.filter((review) => isOpen(review) && isYoung(review)).map(({ reviewId }) => reviewId)),
  );
  const seen = new Set<string>();
  let callOff = () => {};
  let times = 0;
  let known: ReadonlySet<string> = new Set();

  /** By the server's clock; a device's that is minutes off asks for less, or for longer. */
  function isYoung({ createdAt }: Review): boolean {
    return clock.now() - Date.parse(createdAt) < awaitedForMs;
  }

  async function ask(reviewId: string): Promise<void> {
    // A failed question is repeated anyway.
    const now = await one(reviewId).catch(() => null);
    if (now === undefined) paging.remove(reviewId);
    else if (now !== null) paging.replace(now);
  }

  function askLater(): void {
    callOff();
    const pauseMs = askPausesMs[times];
    if (awaited.value.size === 0 || pauseMs === undefined) return;
    callOff = clock.after(pauseMs, () => {
      times += 1;
      void Promise.all([...awaited.value].map(ask)).then(askLater);
    });
  }

  watch(
    awaited,
    (now) => {
      const isMore = [...now].some((reviewId) => !known.has(reviewId));
      known = now;
      if (isMore) times = 0;
      if (isMore || now.size === 0) askLater();
    },
    { flush: 'sync' },
  );
  // Lists hold published photos only: what becomes of one's own is known to the review itself.
  watch(paging.items, (now) => {
    const others = now.filter(({ reviewId }) => !seen.has(reviewId));
    for (const review of others) {
      seen.add(review.reviewId);
      if (isOwn(review.reviewId) && isYoung(review)) void ask(review.reviewId);
    }
  });
  watch(
    placeId,
    () => {
      seen.clear();
      paging.reset();
      void paging.more();
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    callOff();
    paging.reset();
  });

  return {
    paging,
    awaited,
    async refresh(reviewId) {
      await ask(reviewId);
      times = 0;
      askLater();
    },
    async remove(reviewId) {
      await remove(reviewId);
      paging.remove(reviewId);
    },
  };
}
