import { type Ref, shallowRef } from 'vue';
import { checkPhoto, type PhotoRules } from '../uploads/photo-check.ts';
import type { UploadTicket, UploadView } from '../uploads/upload-item.ts';
import { UploadFault, type UploadFaultKind, type UploadTransport } from '../uploads/upload-ports.ts';
import { maxPhotos } from './review-types.ts';

export interface ReviewPhotosPorts {
  readonly rules: PhotoRules;
  readonly ticket: (reviewId: string, contentType: string, bytes: number, signal: AbortSignal) => Promise<UploadTicket>;
  readonly transport: UploadTransport;
  readonly now: () => number;
  readonly newId: () => string;
}

export interface ReviewPhotos {
  /** What was chosen, and what became of it. */
  readonly items: Readonly<Ref<readonly UploadView[]>>;
  /** Checks files and puts those that are accepted aside until the review is posted. */
  add(files: Iterable<File>): Promise<void>;
  remove(id: string): void;
  /** Sends what waits, one after the other. */
  send(reviewId: string): Promise<void>;
  retry(id: string): void;
  /** Calls off what is being sent. */
  stop(): void;
}

/** A ticket this close to its end is not used any more. */
const ticketMarginMs = 10_000;

const codes: Partial<Record<UploadFaultKind, string>> = {
  network: 'NETWORK',
  server: 'SERVER',
  quota: 'QUOTA',
  'account-deleted': 'ACCOUNT_DELETED',
  'no-place': 'NO_REVIEW',
  'signed-out': 'SIGNED_OUT',
};

/**
 * The photos of one review that is being written. Unlike the uploads of a place they do not outlive the page: the review
 * they belong to is not there before it is posted.
 */
export function useReviewPhotos({ rules, ticket, transport, now, newId }: ReviewPhotosPorts): ReviewPhotos {
  const items = shallowRef<readonly UploadView[]>([]);
  const files = new Map<string, File>();
  const stop = new AbortController();
  let reviewId: string | undefined;
  let running: Promise<void> | undefined;

  const find = (id: string) => items.value.find((item) => item.id === id);

  function patch(id: string, change: Partial<UploadView>): void {
    items.value = items.value.map((item) => (item.id === id ? { ...item, ...change } : item));
  }

  async function check(id: string, file: File): Promise<void> {
    const checked = await checkPhoto(file, rules);
    if (!checked.ok) patch(id, { state: 'refused', problem: checked.problem });
    else if (find(id)?.state === 'checking') patch(id, { state: 'waiting', contentType: checked.contentType });
  }

  async function sendOne(item: UploadView, review: string): Promise<void> {
    const { id, bytes, contentType } = item;
    const file = files.get(id);
    if (file === undefined || contentType === undefined) return;
    try {
      patch(id, { state: 'asking', problem: undefined, canRetry: undefined });
      // One that was not used up, or whose use was never confirmed: the bucket takes one PUT with it at most.
      const former = item.ticket && item.ticket.expiresAtMs - ticketMarginMs > now() ? item.ticket : undefined;
      const use = former ?? (await ticket(review, contentType, bytes, stop.signal));
      patch(id, { state: 'sending', sentBytes: 0, ticket: use });
      const status = await transport.put(use, file, (sentBytes) => patch(id, { sentBytes }), stop.signal);
      if ((status >= 200 && status < 300) || status === 412) {
        files.delete(id);
        patch(id, { state: 'sent', ticket: undefined });
      } else if (status >= 500) throw new UploadFault('server');
      else patch(id, { state: 'failed', problem: { code: 'STORAGE_REFUSED' }, ticket: undefined, canRetry: true });
    } catch (error) {
      if (stop.signal.aborted) return;
      patch(id, { state: 'failed', ...problemOf(error) });
    }
  }

  async function sendAll(review: string): Promise<void> {
    for (;;) {
      const next = items.value.find(({ state }) => state === 'waiting');
      if (!next || stop.signal.aborted) return;
      await sendOne(next, review);
    }
  }

  function pump(): Promise<void> {
    if (reviewId === undefined) return Promise.resolve();
    running ??= sendAll(reviewId).finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    items,
    async add(chosen) {
      for (const file of chosen) {
        const taken = items.value.filter(({ state }) => state !== 'refused').length;
        const isTooMany = taken >= maxPhotos;
        const item: UploadView = {
          id: newId(),
          owner: '',
          placeId: '',
          fileName: file.name,
          bytes: file.size,
          addedAtMs: now(),
          attempts: 0,
          sentBytes: 0,
          state: isTooMany ? 'refused' : 'checking',
          ...(isTooMany && { problem: { code: 'REVIEW_FULL', values: { limit: maxPhotos } } }),
        };
        items.value = [...items.value, item];
        if (isTooMany) continue;
        files.set(item.id, file);
        await check(item.id, file);
      }
    },
    remove(id) {
      items.value = items.value.filter((item) => item.id !== id);
      files.delete(id);
    },
    send(review) {
      reviewId = review;
      return pump();
    },
    retry(id) {
      patch(id, { state: 'waiting', problem: undefined, canRetry: undefined });
      void pump();
    },
    stop: () => stop.abort(),
  };
}

function problemOf(error: unknown): Pick<UploadView, 'problem' | 'canRetry'> {
  if (!(error instanceof UploadFault)) return { problem: { code: 'UNEXPECTED' }, canRetry: true };
  const { kind, detail } = error;
  const problem = { code: codes[kind] ?? 'INVALID', ...(detail !== undefined && { detail }) };
  return { problem, canRetry: kind === 'network' || kind === 'server' || kind === 'signed-out' ? true : undefined };
}
