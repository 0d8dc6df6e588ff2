import { computed, onScopeDispose, type Ref, shallowRef, watch } from 'vue';
import type { PhotoStatus, PhotoStatusPage } from '../api/types.ts';
import type { Clock } from '../realtime/clock.ts';
import type { PhotoOutcome } from '../realtime/payloads.ts';
import { type Paging, usePaging } from '../ui/paging.ts';

export interface MyPhotosPorts {
  readonly page: (cursor: string | undefined, signal: AbortSignal) => Promise<PhotoStatusPage>;
  /** Undefined when the photo is gone. */
  readonly standing: (photoId: string) => Promise<PhotoStatus | undefined>;
  readonly remove: (photoId: string) => Promise<void>;
  readonly onOutcome: (photoId: string, callback: (outcome: PhotoOutcome) => void) => () => void;
  readonly onReconnected: (callback: () => void) => () => void;
  readonly clock: Clock;
}

export interface MyPhotos {
  readonly paging: Paging<PhotoStatus>;
  /** As last heard of. */
  readonly photos: Readonly<Ref<readonly PhotoStatus[]>>;
  /** Deletes a photo for everybody. @throws what the API answers, and the photo stays in the list */
  remove(photoId: string): Promise<void>;
}

/** Pauses before asking about photos whose end is not known, in case the live news of it gets lost. */
const askPausesMs = [3000, 6000, 12_000, 30_000, 60_000];

const endStates: ReadonlySet<string> = new Set(['PROCESSED', 'REJECTED', 'FAILED']);

/** The list of one's own photos. What has no outcome yet is followed live for as long as the scope lasts. */
export function useMyPhotos(ports: MyPhotosPorts): MyPhotos {
  const paging = usePaging<PhotoStatus>(
    async (cursor, signal) => {
      const page = await ports.page(cursor, signal);
      return { items: page.images, cursor: page.cursor };
    },
    ({ photoId }) => photoId,
  );
  /** What was heard since a page was read. */
  const heard = shallowRef<ReadonlyMap<string, Partial<PhotoStatus>>>(new Map());
  const photos = computed(() => paging.items.value.map((photo) => ({ ...photo, ...heard.value.get(photo.photoId) })));
  const openIds = computed(() =>
    photos.value.filter(({ status }) => !endStates.has(status)).map(({ photoId }) => photoId),
  );

  const ears = new Map<string, () => void>();
  let callOff = () => {};
  let times = 0;

  function hear(
    photoId: string,
    { status, reason, reasonDetail }: Omit<PhotoOutcome, 'status'> & Pick<PhotoStatus, 'status'>,
  ) {
    heard.value = new Map(heard.value).set(photoId, {
      status,
      ...(reason !== undefined && { reason }),
      ...(reasonDetail !== undefined && { reasonDetail }),
    });
  }

  async function ask(photoId: string): Promise<void> {
    // A failed question is repeated anyway.
    const standing = await ports.standing(photoId).catch(() => ({ status: undefined }));
    if (!standing) paging.remove(photoId);
    else if (standing.status !== undefined && openIds.value.includes(photoId)) hear(photoId, standing);
  }

  function askAll(): void {
    for (const photoId of openIds.value) void ask(photoId);
  }

  function askLater(): void {
    callOff();
    if (openIds.value.length === 0) return;
    callOff = ports.clock.after(askPausesMs[Math.min(times, askPausesMs.length - 1)] ?? 0, () => {
      times += 1;
      askAll();
      askLater();
    });
  }

  watch(
    openIds,
    (now) => {
      for (const [photoId, stop] of ears) {
        if (now.includes(photoId)) continue;
        stop();
        ears.delete(photoId);
      }
      let isMore = false;
      for (const photoId of now) {
        if (ears.has(photoId)) continue;
        isMore = true;
        ears.set(
          photoId,
          ports.onOutcome(photoId, (outcome) => hear(photoId, outcome)),
        );
      }
      if (isMore) times = 0;
      if (isMore || now.length === 0) askLater();
    },
    { flush: 'sync' },
  );
  const stopReconnected = ports.onReconnected(askAll);

  onScopeDispose(() => {
    callOff();
    stopReconnected();
    for (const stop of ears.values()) stop();
    paging.reset();
  });

  return {
    paging,
    photos,
    async remove(photoId) {
      await ports.remove(photoId);
      paging.remove(photoId);
    },
  };
}
