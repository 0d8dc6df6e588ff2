/**
 * News as it happens, over one connection for the whole page. Any message may be lost (no connection, a page in the
 * background) or come twice: who listens also asks, at the latest when `onListening` or `onConnected` calls.
 */
import { readonly, shallowRef } from 'vue';
import type { Photo } from '../api/types.ts';
import { runtimeConfig } from '../runtime-config.ts';
import { backoffMs } from './backoff.ts';
import type { PhotoOutcome } from './payloads.ts';
import type { RealtimeClient, RealtimeState } from './realtime-client.ts';

export type { PhotoOutcome } from './payloads.ts';
export type { RealtimeState } from './realtime-client.ts';

type Chunk = typeof import('./browser-client.ts');
type Realtime = { readonly client: RealtimeClient; readonly chunk: Chunk };

const state = shallowRef<RealtimeState>('idle');
const connectedListeners = new Set<() => void>();
let loading: Promise<Realtime> | undefined;

/** How the connection stands. */
export const realtimeState = readonly(state);

export interface PlaceListener {
  /** A photo was published. */
  readonly onPhoto: (photo: Photo) => void;
  /** A photo is not to be shown any more. */
  readonly onRemoved: (photoId: string) => void;
  /** News of this place begin to arrive, at first or again: what was told before is missed. */
  readonly onListening: () => void;
}

/**
 * Tells of the photos of a place from now on.
 *
 * @returns stops listening
 */
export function onPlaceNews(placeId: string, { onPhoto, onRemoved, onListening }: PlaceListener): () => void {
  const take = ({ parsePlacePhoto, parseRemoval }: Chunk, payload: string) => {
    const photo = parsePlacePhoto(payload, placeId);
    const removedId = parseRemoval(payload);
    if (photo) onPhoto(photo);
    else if (removedId !== undefined) onRemoved(removedId);
  };
  return listen('places', placeId, take, onListening);
}

/**
 * Calls back when it is known what becomes of an upload.
 *
 * @returns stops listening
 */
export function onPhotoOutcome(photoId: string, callback: (outcome: PhotoOutcome) => void): () => void {
  return listen('photos', photoId, ({ parsePhotoOutcome }, payload) => {
    const outcome = parsePhotoOutcome(payload, photoId);
    if (outcome) callback(outcome);
  });
}

/** Calls back when news begin to arrive, at first or again: what was sent before is missed. @returns stops telling */
export function onConnected(callback: () => void): () => void {
  connectedListeners.add(callback);
  return () => connectedListeners.delete(callback);
}

/** Ids become a level of a topic, and may come from an address bar: at any other the broker hangs up on the whole page. */
const idPattern = /^[\w-]{1,64}$/;

function listen(
  kind: 'places' | 'photos',
  id: string,
  take: (chunk: Chunk, payload: string) => void,
  onListening?: () => void,
): () => void {
  if (!idPattern.test(id) || !runtimeConfig().realtimeUrl) return () => {};
  let stop: (() => void) | undefined;
  let isOver = false;
  void realtime().then(({ client, chunk }) => {
    if (isOver) return;
    const topic = `hp/${runtimeConfig().stage}/${kind}/${id}`;
    stop = client.subscribe(topic, (payload) => take(chunk, payload), onListening);
  });
  return () => {
    isOver = true;
    stop?.();
  };
}

function realtime(): Promise<Realtime> {
  loading ??= load().then((chunk) => {
    const client = chunk.startClient(runtimeConfig());
    client.onState((now) => {
      state.value = now;
    });
    client.onConnected(() => {
      for (const callback of connectedListeners) callback();
    });
    return { client, chunk };
  });
  return loading;
}

/** The chunk may be as hard to get as anything else on a bad network. */
async function load(): Promise<Chunk> {
  for (let failures = 1; ; failures++) {
    try {
      return await import('./browser-client.ts');
    } catch {
      await new Promise((resolve) => setTimeout(resolve, backoffMs(failures, Math.random())));
    }
  }
}
