import { onScopeDispose, type Ref, ref, watch } from 'vue';
import type { Photo } from '../api/types.ts';
import { type Page, type Paging, usePaging } from '../ui/paging.ts';

export interface PlacePhotosPorts {
  /** Newest first. */
  readonly page: (placeId: string, cursor: string | undefined, signal?: AbortSignal) => Promise<Page<Photo>>;
  readonly onPhoto: (placeId: string, callback: (photo: Photo) => void) => () => void;
  /** Calls back when news begin to arrive: what was published before was missed. */
  readonly onConnected: (callback: () => void) => () => void;
  readonly isOnline: () => boolean;
  /** Whether the visitor has just shared it and is told of its end anyway. */
  readonly isOwn: (photoId: string) => boolean;
  /** Tells of so many photos of others that have come. */
  readonly tell: (count: number) => void;
}

export interface PlacePhotos {
  readonly paging: Paging<Photo>;
  /** The photos that came while one was looking. */
  readonly fresh: Readonly<Ref<ReadonlySet<string>>>;
  /** Asks for what has been published meanwhile. */
  catchUp(): Promise<void>;
  /** An image of this photo does not load: if the photo was removed, it is taken away. */
  failed(photoId: string): void;
}

/** What comes within this time is told together. */
const gatherMs = 400;

/** The photos of the place that is looked at, which may become another one. Followed for as long as the scope lasts. */
export function usePlacePhotos(placeId: () => string, ports: PlacePhotosPorts): PlacePhotos {
  const paging = usePaging<Photo>(
    (cursor, signal) => ports.page(placeId(), cursor, signal),
    ({ photoId }) => photoId,
  );
  const fresh = ref<ReadonlySet<string>>(new Set());
  let arrived: string[] = [];
  let broken = new Set<string>();
  let isChecking = false;
  let leave: (() => void)[] = [];

  function welcome(photo: Photo): void {
    if (photo.placeId !== placeId() || !paging.prepend(photo)) return;
    fresh.value = new Set([...fresh.value, photo.photoId]);
    arrived.push(photo.photoId);
    if (arrived.length === 1) setTimeout(tell, gatherMs);
  }

  function tell(): void {
    const count = arrived.filter((photoId) => !ports.isOwn(photoId)).length;
    arrived = [];
    if (count > 0) ports.tell(count);
  }

  /** What was published last is on the first page. */
  async function catchUp(): Promise<void> {
    if (paging.loading.value) await paging.more();
    if (!paging.loaded.value) return;
    const { items } = await ports.page(placeId(), undefined).catch(() => ({ items: [] }));
    for (const photo of items.toReversed()) welcome(photo);
  }

  /** A push may tell of a photo that its owner removes in the same second, and a page may stay open for days. */
  function failed(photoId: string): void {
    if (!ports.isOnline()) return;
    broken.add(photoId);
    if (!isChecking) void check();
  }

  async function check(): Promise<void> {
    isChecking = true;
    try {
      while (broken.size > 0) {
        const suspects = paging.items.value.filter((photo) => broken.has(photo.photoId));
        broken = new Set();
        const there = await published(suspects);
        for (const { photoId } of suspects) if (!there.has(photoId)) paging.remove(photoId);
      }
    } catch {
      // That was the network, then: the next image that fails asks again.
    } finally {
      isChecking = false;
    }
  }

  /** Reads as far back as these photos are old. @returns the ids of what is there */
  async function published(photos: readonly Photo[]): Promise<ReadonlySet<string>> {
    const oldest = photos.map(({ createdAt }) => createdAt).sort()[0] ?? '';
    const ids = new Set<string>();
    const asked = placeId();
    let cursor: string | undefined;
    let reached: string | undefined;
    do {
      const page = await ports.page(asked, cursor);
      for (const { photoId } of page.items) ids.add(photoId);
      reached = page.items.at(-1)?.createdAt ?? reached;
      cursor = page.cursor;
    } while (cursor !== undefined && (reached === undefined || reached >= oldest));
    return ids;
  }

  watch(
    placeId,
    (now) => {
      for (const each of leave) each();
      paging.reset();
      fresh.value = new Set();
      arrived = [];
      leave = [ports.onPhoto(now, welcome), ports.onConnected(() => void catchUp())];
      void paging.more();
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    for (const each of leave) each();
    arrived = [];
    paging.reset();
  });

  return { paging, fresh, catchUp, failed };
}
