import { ApiProblem, apiAt } from '../api/client.ts';
import { systemClock } from '../realtime/clock.ts';
import { runtimeConfig } from '../runtime-config.ts';
import type { Page } from '../ui/paging.ts';
import { faults, headersToSend, unlessGone } from '../uploads/http-upload-api.ts';
import type { UploadTicket } from '../uploads/upload-item.ts';
import { MediaTicket, Review, ReviewPage } from './review-types.ts';

const api = apiAt({
  baseUrl: () => runtimeConfig().reviewsUrl,
  ownPaths: /^\/(negative-reviews|reviews\/[^/]+\/media)$/,
});

export interface NewReview {
  readonly subject: string;
  readonly rating: number;
  readonly text: string;
  readonly language?: string | undefined;
}

/** How often a request is repeated whose first one is still being worked on, each after a second. */
const repeats = 5;

type Cursor = string | undefined;

/** The reviews, as this page uses them. All but what goes through {@link faults} throws ApiProblem. */
export const reviewsApi = {
  ofPlace: (placeId: string, cursor: Cursor, signal: AbortSignal): Promise<Page<Review>> =>
    page('/reviews', { subject: placeId, cursor, limit: 10 }, signal),
  negative: (cursor: Cursor, signal: AbortSignal): Promise<Page<Review>> =>
    page('/negative-reviews', { cursor }, signal),
  /** Undefined when it is gone. @throws UploadFault */
  one: (reviewId: string): Promise<Review | undefined> => unlessGone(() => api.get(`/reviews/${reviewId}`, Review)),
  /** Harmless to repeat. @throws UploadFault */
  async remove(reviewId: string): Promise<void> {
    await unlessGone(() => api.delete(`/reviews/${reviewId}`));
  },

  /** @param key the same for every attempt at the same review */
  async post(review: NewReview, key: string): Promise<Review> {
    for (let times = 0; ; times++) {
      try {
        return await api.post('/reviews', Review, review, { headers: { 'idempotency-key': key } });
      } catch (error) {
        // The key belongs to this review alone: an attempt whose answer got lost is still being worked on.
        const isBeingPosted = error instanceof ApiProblem && error.status === 409;
        if (!isBeingPosted || times === repeats) throw error;
        await new Promise<void>((resolve) => void systemClock.after(1000, resolve));
      }
    }
  },

  /** Leave to add a photo to one's review. @throws UploadFault */
  async mediaTicket(reviewId: string, contentType: string, bytes: number, signal: AbortSignal): Promise<UploadTicket> {
    const askedAtMs = systemClock.now();
    const query = { contentType, contentLength: bytes };
    const ticket = await faults(() => api.get(`/reviews/${reviewId}/media`, MediaTicket, { query, signal }));
    const expiresAtMs = askedAtMs + ticket.expiresInSeconds * 1000;
    return { uploadUrl: ticket.uploadUrl, headers: headersToSend(ticket.requiredHeaders), expiresAtMs };
  },
};

async function page(
  path: string,
  query: Record<string, string | number | undefined>,
  signal: AbortSignal,
): Promise<Page<Review>> {
  const { reviews, cursor } = await api.get(path, ReviewPage, { query, signal });
  return { items: reviews, cursor };
}
