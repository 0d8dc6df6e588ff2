import { onScopeDispose, type Ref, ref, watch } from 'vue';
import type { Photo } from '../api/types.ts';
import type { PlaceListener } from '../realtime/realtime.ts';
import { type Page, type Paging, usePaging } from '../ui/paging.ts';

export interface PlacePhotosPorts {
  /** Newest first. */
  readonly page: (placeId: string, cursor: string | undefined, signal?: AbortSignal) => Promise<Page<Photo>>;
  /** @returns stops listening */
  readonly onNews: (placeId: string, listener: PlaceListener) => () => void;
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

/** Where a photo stands at its place: newest first means falling. */
const positionOf = ({ createdAt, photoId }: Photo): string => `${createdAt}#${photoId}`;

/** The photos of the place that is looked at, which may become another one. Followed for as long as the scope lasts. */
export function usePlacePhotos(placeId: () => string, ports: PlacePhotosPorts): PlacePhotos {
  const paging = usePaging<Photo>(read, ({ photoId }) => photoId);
  const fresh = ref<ReadonlySet<string>>(new Set());
  let arrived: string[] = [];
  let broken = new Set<string>();
  /** A read that is on its way may still hold them. */
  let removed = new Set<string>();
  /** The position down to which everything was read; of what stands below it, nothing is known. */
  let reach: string | undefined;
  let isChecking = false;
  let leave = () => {};

  async function read(cursor: string | undefined, signal: AbortSignal): Promise<Page<Photo>> {
    const page = await ports.page(placeId(), cursor, signal);
    const last = page.items.at(-1);
    if (!signal.aborted && page.cursor === undefined) reach = '';
    else if (!signal.aborted && last) reach = positionOf(last);
    return { ...page, items: page.items.filter(({ photoId }) => !removed.has(photoId)) };
  }

  function welcome(photo: Photo): void {
    if (photo.placeId !== placeId() || removed.has(photo.photoId) || !paging.prepend(photo)) return;
    fresh.value = new Set([...fresh.value, photo.photoId]);
    arrived.push(photo.photoId);
    if (arrived.length === 1) setTimeout(tell, gatherMs);
  }

  function tell(): void {
    const count = arrived.filter((photoId) => !ports.isOwn(photoId)).length;
    arrived = [];
    if (count > 0) ports.tell(count);
  }

  function remove(photoId: string): void {
    removed.add(photoId);
    arrived = arrived.filter((each) => each !== photoId);
    paging.remove(photoId);
  }

  /** What was published last is on the first page. */
  const catchUp = () => lookAgain(() => []);

  async function lookAgain(suspects: () => readonly Photo[]): Promise<void> {
    if (paging.loading.value) await paging.more();
    if (paging.loaded.value) await compare(suspects()).catch(() => undefined);
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
        if (suspects.length > 0) await compare(suspects);
      }
    } catch {
      // That was the network, then: the next image that fails asks again.
    } finally {
      isChecking = false;
    }
  }

  /** Reads as far back as the suspects are old, and drops those that are not there. What has come meanwhile is welcomed. */
  async function compare(suspects: readonly Photo[]): Promise<void> {
    const asked = placeId();
    const there = await publishedAt(asked, suspects.map(positionOf).sort()[0]);
    if (asked !== placeId()) return;
    const ids = new Set(there.map(({ photoId }) => photoId));
    for (const { photoId } of suspects) if (!ids.has(photoId)) paging.remove(photoId);
    // Where others were removed, a page reaches further back than those that were read: what it has there is not new.
    for (const photo of there.toReversed()) if (reach !== undefined && positionOf(photo) >= reach) welcome(photo);
  }

  /** @returns the first page, and so many more as it takes to reach the position */
  async function publishedAt(place: string, position: string | undefined): Promise<Photo[]> {
    const photos: Photo[] = [];
    let cursor: string | undefined;
    let isThere: boolean;
    do {
      const page = await ports.page(place, cursor);
      photos.push(...page.items);
      cursor = page.cursor;
      const last = photos.at(-1);
      isThere = position === undefined || (last !== undefined && positionOf(last) <= position);
    } while (cursor !== undefined && !isThere);
    return photos;
  }

  watch(
    placeId,
    (now) => {
      leave();
      paging.reset();
      fresh.value = new Set();
      arrived = [];
      broken = new Set();
      removed = new Set();
      reach = undefined;
      // What was published while nobody listened was missed, and what was removed is still shown.
      const onListening = () => void lookAgain(() => paging.items.value);
      leave = ports.onNews(now, { onPhoto: welcome, onRemoved: remove, onListening });
      void paging.more();
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    leave();
    arrived = [];
    paging.reset();
  });

  return { paging, fresh, catchUp, failed };
}
